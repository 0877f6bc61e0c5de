import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Address, createPublicClient, type Hash, http, type PublicClient } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, expect, test } from "vitest";
import { DEV_MNEMONIC, freePort } from "../../infra/index.ts";
import { type BraidProcess, startBraid } from "../support/braidProcess.ts";
import { mulberry32 } from "../support/random.ts";
import { readCommittedBatches } from "../support/rollupEvents.ts";

const SENDERS = 8;
const seed = Number(process.env["BRAID_TEST_SEED"] ?? Date.now() % 2 ** 31);
const random = mulberry32(seed);
const VICTIMS = {
  sequencer: /main\.(ts|js).* sequencer/,
  redis: /(redis|valkey)-server/,
  postgres: /postgres.* -D/,
  up: /./,
};

const dataDir = mkdtempSync(path.join(tmpdir(), "braid-restart-"));
let running: BraidProcess | undefined;

afterAll(async () => {
  await running?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Acknowledged {
  hash: Hash;
  from: Address;
  nonce: number;
}

/** Sends transfers until the stack goes away; returns what was acknowledged. */
async function sendUntilDown(braid: BraidProcess, round: number): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  let down = false;
  void braid.ended.then(() => {
    down = true;
  });
  const client = createPublicClient({ transport: http(braid.rpcUrl, { retryCount: 0, timeout: 5000 }) });
  const chainId = await client.getChainId();
  const sendFrom = async (index: number) => {
    const account = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index });
    let nonce = await client.getTransactionCount({ address: account.address, blockTag: "pending" });
    while (!down) {
      const signed = await account.signTransaction({
        chainId,
        nonce,
        type: "eip1559",
        gas: 21_000n,
        maxFeePerGas: 10n ** 9n,
        maxPriorityFeePerGas: 1n,
        to: `0x${(0x1000 + round * 100 + index).toString(16).padStart(40, "0")}`,
        value: 1n,
      });
      try {
        const hash = await client.sendRawTransaction({ serializedTransaction: signed });
        acknowledged.push({ hash, from: account.address, nonce });
        nonce++;
      } catch {
        // Not acknowledged: either the stack is going down, or the next try with the same nonce tells.
        if (down) return;
        nonce = await client
          .getTransactionCount({ address: account.address, blockTag: "pending" })
          .catch(() => nonce);
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, index) => sendFrom(index)));
  return acknowledged;
}

async function blockHashes(
  braid: BraidProcess,
): Promise<Map<number, { hash: Hash; receiptsRoot: Hash; stateRoot: Hash }>> {
  const client = createPublicClient({ transport: http(braid.rpcUrl, { batch: { batchSize: 200 } }) });
  const latest = Number(await client.getBlockNumber());
  const blocks = await Promise.all(
    Array.from({ length: latest + 1 }, (_, n) => client.getBlock({ blockNumber: BigInt(n) })),
  );
  return new Map(
    blocks.map((b) => [
      Number(b.number),
      { hash: b.hash, receiptsRoot: b.receiptsRoot, stateRoot: b.stateRoot },
    ]),
  );
}

/** Hashes among these that no block holds yet. */
async function missing(client: PublicClient, sent: Acknowledged[]): Promise<Hash[]> {
  const places = await Promise.all(
    sent.map(({ hash }) => client.request({ method: "eth_getTransactionByHash", params: [hash] })),
  );
  return sent.filter((_, index) => places[index]?.blockNumber == null).map(({ hash }) => hash);
}

test(`kill -9 of any process loses nothing acknowledged (BRAID_TEST_SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  const ports = { l2Port: await freePort(), l1Port: await freePort() };
  const start = () => startBraid({ dataDir, ...ports, flags: ["--lanes", "2"] });
  const acknowledged: Acknowledged[] = [];
  let known = new Map<number, { hash: Hash; receiptsRoot: Hash; stateRoot: Hash }>();
  const rounds = (Object.keys(VICTIMS) as (keyof typeof VICTIMS)[])
    .map((victim) => ({ victim, order: random() }))
    .sort((a, b) => a.order - b.order);

  for (const [round, { victim }] of rounds.entries()) {
    running = await start();
    const braid = running;
    const delayMs = 500 + Math.floor(random() * 2500);
    const load = sendUntilDown(braid, round);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    known = new Map([...known, ...(await blockHashes(braid))]);
    process.kill(victim === "up" ? braid.pid : braid.pidOf(VICTIMS[victim]), "SIGKILL");
    const end = await braid.ended;
    if (victim !== "up") expect(end.code, `after ${victim} died:\n${braid.output()}`).toBe(1);
    const sent = await load;
    expect(sent.length, `round ${round} (${victim}) acknowledged nothing`).toBeGreaterThan(0);
    acknowledged.push(...sent);
  }

  running = await start();
  const client: PublicClient = createPublicClient({
    transport: http(running.rpcUrl, { batch: { batchSize: 200 } }),
  });
  await expect.poll(async () => missing(client, acknowledged), { timeout: 60_000 }).toEqual([]);

  // Exactly once: receipts at distinct places, and the account nonces count just these transactions.
  const receipts = await Promise.all(acknowledged.map(({ hash }) => client.getTransactionReceipt({ hash })));
  expect(new Set(receipts.map((r) => `${r.blockNumber}/${r.transactionIndex}`)).size).toBe(
    acknowledged.length,
  );
  expect(new Set(acknowledged.map(({ hash }) => hash)).size).toBe(acknowledged.length);

  // Roots and receipts of what was seen before the kills are unchanged.
  const now = await blockHashes(running);
  for (const [number, block] of known) expect(now.get(number), `block ${number}`).toEqual(block);

  // Batches: no gap, none twice, committed to these very roots, up to the head.
  const latest = Math.max(...now.keys());
  const deployment = JSON.parse(readFileSync(path.join(dataDir, "deployment.json"), "utf8"));
  const { l1Url } = running;
  const batches = () => readCommittedBatches(l1Url, deployment.l1.contracts.rollup);
  await expect
    .poll(async () => (await batches()).at(-1)?.lastBlock ?? 0, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(latest);
  let next = 1;
  for (const batch of await batches()) {
    expect(batch.firstBlock).toBe(next);
    expect(batch.postStateRoot).toBe(
      (await client.getBlock({ blockNumber: BigInt(batch.lastBlock) })).stateRoot,
    );
    next = batch.lastBlock + 1;
  }
  expect((await running.stop()).code).toBe(0);
  running = undefined;
});
