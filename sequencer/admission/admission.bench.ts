import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import { StateStore } from "../../executor/index.ts";
import { createRedis } from "../../infra/index.ts";
import {
  bytesToHex,
  decodeTransaction,
  developmentGenesis,
  EMPTY_BYTES,
  hexToBytes,
  keccak256,
} from "../../protocol/index.ts";
import { testKey } from "../../test/support/signTransfer.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { createBlockCandidates, createMempool } from "../mempool/index.ts";
import { createAdmission } from "./index.ts";

/**
 * CPU per admitted transfer, by stage, in microseconds: this process (decode, recovery, account from LMDB, checks,
 * Redis client) and Redis with its append-only file. Run: `npx tsx sequencer/admission/admission.bench.ts`.
 */
const SENDERS = 200;
const EACH = 40;
const ROUNDS = 3;
const IN_FLIGHT = 128;
const N = SENDERS * EACH;
const CHAIN_ID = 7357;

const write = (line: string) => process.stdout.write(`${line}\n`);
const report = (name: string, micros: number) =>
  write(`${name.padEnd(34)}${micros.toFixed(1).padStart(8)} µs`);

async function signTransfers(round: number): Promise<Uint8Array[]> {
  const raws: Uint8Array[] = [];
  for (let nonce = 0; nonce < EACH; nonce++) {
    for (let i = 0; i < SENDERS; i++) {
      const signed = await privateKeyToAccount(testKey(round * SENDERS + i)).signTransaction({
        type: "eip1559",
        chainId: CHAIN_ID,
        nonce,
        gas: 21_000n,
        to: `0x${"44".repeat(20)}`,
        value: 1n,
        maxFeePerGas: 2_000_000_000n,
        maxPriorityFeePerGas: BigInt(1 + ((i * 7919) % 1000)),
      });
      raws.push(hexToBytes(signed));
    }
  }
  return raws;
}

function cpuPerTransaction(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / N;
}

async function cpuPerTransactionAsync(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / N;
}

const signed: Uint8Array[][] = [];
for (let round = 0; round < ROUNDS; round++) signed.push(await signTransfers(round));
const stack = await startTestStack({ redis: true });
const redis = await createRedis(stack.redisUrl);
const directory = mkdtempSync(join(tmpdir(), "braid-bench-"));
const senders = Array.from({ length: SENDERS * ROUNDS }, (_, i) =>
  hexToBytes(privateKeyToAccount(testKey(i)).address),
);
const store = StateStore.open(directory);
await fund(senders);
const limits = { total: 1_000_000, perSender: EACH, queuedPerSender: 16, timeToLiveMs: 3_600_000 };
const mempool = createMempool(redis, limits);
const { config } = developmentGenesis({ chainId: CHAIN_ID });
const admission = createAdmission({ mempool, state: store.reader(), config });

async function serverCpu(): Promise<number> {
  const info = await redis.info("cpu");
  const value = (name: string) => Number(new RegExp(`${name}:([0-9.]+)`).exec(info)?.[1] ?? 0);
  return (value("used_cpu_user") + value("used_cpu_sys")) * 1e6;
}

async function admitAll(raws: Uint8Array[]): Promise<void> {
  let at = 0;
  const worker = async () => {
    for (let raw = raws[at++]; raw !== undefined; raw = raws[at++]) await admission.admit(raw);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

for (const [round, raws] of signed.entries()) {
  write(`round ${round + 1} of ${ROUNDS}: ${N} transfers, ${IN_FLIGHT} under way`);
  const sender = new Uint8Array(20);
  report(
    "  decode",
    cpuPerTransaction(() => {
      for (const raw of raws) decodeTransaction(raw, { sender });
    }),
  );
  report(
    "  decode and recover",
    cpuPerTransaction(() => {
      for (const raw of raws) decodeTransaction(raw);
    }),
  );
  const reader = store.reader();
  report(
    "  account from LMDB",
    cpuPerTransaction(() => {
      for (let i = 0; i < N; i++) reader.account(senders[i % senders.length] ?? sender);
    }),
  );
  const before = await serverCpu();
  const started = performance.now();
  const client = await cpuPerTransactionAsync(() => admitAll(raws));
  const seconds = (performance.now() - started) / 1000;
  const server = ((await serverCpu()) - before) / N;
  report("  admit, this process in all", client);
  report("  admit, Redis", server);
  report("  admit, sum", client + server);
  write(`  ${Math.round(N / seconds)} a second`);
}

const builder = createBlockCandidates({
  redis,
  follower: await createRedis(stack.redisUrl, { blocking: true }),
  timeToLiveMs: limits.timeToLiveMs,
  onRejected: () => undefined,
  onError: (error) => write(String(error)),
});
report("load into the builder", (await cpuPerTransactionAsync(() => builder.start(() => 0n))) / ROUNDS);
const selected = builder.select({ baseFeePerGas: 1n, accept: () => true });
write(`selected ${selected.length}`);
const before = await serverCpu();
const client = await cpuPerTransactionAsync(() => builder.settle({ included: selected, dropped: [] }));
report("settle, this process", client / ROUNDS);
report("settle, Redis", ((await serverCpu()) - before) / N / ROUNDS);
await builder.stop();
redis.disconnect();
await store.close();
await stack.stop();
rmSync(directory, { recursive: true, force: true });

/** Rich accounts, as a block would leave them in the store. */
async function fund(addresses: Uint8Array[]): Promise<void> {
  const word = new Uint8Array(32);
  const header = {
    ...{ parentHash: word, stateRoot: word, transactionsRoot: word, receiptsRoot: word, prevRandao: word },
    ...{ parentBeaconBlockRoot: word, coinbase: new Uint8Array(20), logsBloom: new Uint8Array(256) },
    ...{ number: 0, timestamp: 0, gasLimit: 0n, gasUsed: 0n, baseFeePerGas: 0n, extraData: EMPTY_BYTES },
  };
  const fields = { nonce: 0n, balance: 10n ** 20n, codeHash: keccak256(EMPTY_BYTES) };
  const accounts = addresses.map((address) => ({
    address,
    account: fields,
    storageCleared: false,
    storage: [],
  }));
  await store.commit({
    block: { header, hash: word },
    stateDiff: { accounts, codes: [] },
    trieNodes: new Map(),
    storageRoots: new Map(addresses.map((address) => [bytesToHex(address), word])),
  });
}
