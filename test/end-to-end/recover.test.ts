/** A sequencer whose disks are gone goes on from L1. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  http,
  parseEther,
  toHex,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recoverFromL1 } from "../../cli/supervision/recoverFromL1.ts";
import { optimismPortalAbi } from "../../contracts/index.ts";
import {
  type Config,
  createLogger,
  createSql,
  DEV_MNEMONIC,
  freePort,
  loadConfig,
} from "../../infra/index.ts";
import { bytesToHex } from "../../protocol/index.ts";
import { type RunningRole, startRpc, startSequencer } from "../../sequencer/index.ts";
import { counterAbi, counterBytecode } from "../support/contracts/counter.ts";
import { startTestStack } from "../support/stack.ts";

const account = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: 4 });
const chain = defineChain({
  id: 7357,
  name: "Braid",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [] } },
});
const logger = createLogger({ level: "error", format: "json", name: "test" });
const folders: string[] = [];
const roles: RunningRole[] = [];
let stack: Awaited<ReturnType<typeof startTestStack>>;

beforeAll(async () => {
  stack = await startTestStack({ redis: true, postgres: true, anvil: true });
}, 120_000);
afterAll(async () => {
  for (const role of roles.reverse()) await role.stop();
  await stack?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}, 60_000);

/** An empty database and an empty folder, beside the same Redis and L1. */
async function emptyDisks(name: string): Promise<Config> {
  const sql = await createSql(stack.databaseUrl, { name: "test" });
  await sql`create database ${sql(name)}`;
  await sql.end();
  const databaseUrl = new URL(stack.databaseUrl);
  databaseUrl.pathname = `/${name}`;
  const dataDir = await mkdtemp(path.join(tmpdir(), "braid-recover-"));
  folders.push(dataDir);
  return loadConfig({
    env: {
      BRAID_DATA_DIR: dataDir,
      BRAID_L2_PORT: String(await freePort()),
      BRAID_METRICS_PORT: String(await freePort()),
      BRAID_REDIS_URL: stack.redisUrl,
      BRAID_DATABASE_URL: databaseUrl.href,
      BRAID_L1_URL: stack.l1Url,
      BRAID_DEPLOY: "true",
      BRAID_BATCH_INTERVAL_MS: "500",
      BRAID_DATA_AVAILABILITY: "calldata",
      BRAID_LOG_LEVEL: "error",
    },
  });
}

async function start(role: typeof startSequencer, config: Config): Promise<RunningRole> {
  const running = await role(config, { logger });
  roles.push(running);
  return running;
}

async function stop(role: RunningRole): Promise<void> {
  roles.splice(roles.indexOf(role), 1);
  await role.stop();
}

function clientsOf(config: Config) {
  const options = { chain, transport: http(`http://127.0.0.1:${config.l2Port}`), pollingInterval: 50 };
  return { reader: createPublicClient(options), wallet: createWalletClient({ ...options, account }) };
}

async function allBlocks({ reader }: ReturnType<typeof clientsOf>) {
  const latest = Number(await reader.getBlockNumber());
  const numbers = Array.from({ length: latest + 1 }, (_, number) => BigInt(number));
  return Promise.all(numbers.map((blockNumber) => reader.getBlock({ blockNumber })));
}

const untilSafe = (reader: ReturnType<typeof clientsOf>["reader"]) =>
  expect
    .poll(
      async () => {
        const latest = await reader.getBlock({ blockTag: "latest" });
        const safe = await reader.getBlock({ blockTag: "safe" });
        return latest.number - safe.number;
      },
      { timeout: 60_000 },
    )
    .toBe(0n);

async function deposit(portal: `0x${string}`): Promise<void> {
  const wallet = createWalletClient({ account, transport: http(stack.l1Url) });
  const client = createPublicClient({ transport: http(stack.l1Url), pollingInterval: 50 });
  const hash = await wallet.writeContract({
    address: portal,
    abi: optimismPortalAbi,
    functionName: "depositTransaction",
    args: [account.address, 5n, 100_000n, false, "0x"],
    value: parseEther("2"),
    chain: null,
  });
  await client.waitForTransactionReceipt({ hash });
}

test("database and state come back from L1, hash by hash, and the chain goes on", async () => {
  const lost = await emptyDisks("lost");
  const sequencer = await start(startSequencer, lost);
  const rpc = await start(startRpc, lost);
  const before = clientsOf(lost);
  const sent: Hash[] = [];
  const transfer = (nonce: number) =>
    before.wallet.sendTransaction({ to: toHex(nonce + 0x1000, { size: 20 }), value: 7n, nonce });
  const created = await before.wallet.deployContract({ abi: counterAbi, bytecode: counterBytecode() });
  await before.reader.waitForTransactionReceipt({ hash: created });
  const client = createPublicClient({ transport: http(stack.l1Url) });
  const rollup = sequencer.info["rollup"] as `0x${string}`;
  const portal = await client.readContract({
    address: rollup,
    abi: [
      {
        type: "function",
        name: "queue",
        inputs: [],
        outputs: [{ type: "address" }],
        stateMutability: "view",
      },
    ],
    functionName: "queue",
  });
  await deposit(portal);
  await expect
    .poll(() => before.reader.getTransactionCount({ address: account.address }), { timeout: 20_000 })
    .toBe(2);
  for (let nonce = 2; nonce < 8; nonce++) {
    const hash = await transfer(nonce);
    await before.reader.waitForTransactionReceipt({ hash });
    sent.push(hash);
  }
  await untilSafe(before.reader);
  await stop(sequencer);
  const blocks = await allBlocks(before);
  // Acknowledged, and in no block when the disks go.
  const waits = await transfer(8);
  const behindGap = await transfer(10);
  await stop(rpc);

  const config = await emptyDisks("recovered");
  const recover = (signal: AbortSignal, onProgress?: () => void) =>
    recoverFromL1({
      ...{ config, l1Url: stack.l1Url, rollup, blobs: [], signal },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  const cutOff = new AbortController();
  expect(await recover(cutOff.signal, () => cutOff.abort())).toBeUndefined();
  await expect(startSequencer(config, { logger })).rejects.toThrow(/is being recovered/);
  const report = await recover(new AbortController().signal);
  expect(report?.lastBlock).toBe(blocks.length - 1);
  expect(report?.waiting.map(({ hash, executable }) => [bytesToHex(hash), executable])).toEqual([
    [waits, true],
    [behindGap, false],
  ]);
  await expect(recover(new AbortController().signal)).rejects.toMatchObject({ code: "RECOVERY_REFUSED" });

  const again = await start(startSequencer, config);
  await start(startRpc, config);
  const after = clientsOf(config);
  expect((await allBlocks(after)).slice(0, blocks.length)).toEqual(blocks);
  for (const hash of sent) {
    expect((await after.reader.getTransactionReceipt({ hash })).status).toBe("success");
  }
  expect((await after.reader.waitForTransactionReceipt({ hash: waits })).blockNumber).toBeGreaterThanOrEqual(
    BigInt(blocks.length),
  );
  await untilSafe(after.reader);
  await Promise.race([again.failed, Promise.resolve()]);
}, 240_000);
