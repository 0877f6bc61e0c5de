/** An L1 that takes blocks back, stands still, or goes away, under a node in use. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Hash, parseEther } from "viem";
import { getL2TransactionHashes } from "viem/op-stack";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startAnvil } from "../../../infra/index.ts";
import { readMetric } from "../../support/readMetric.ts";
import { rpc } from "../../support/rpc.ts";
import { checkSettlement } from "../../support/settlement/checkSettlement.ts";
import { devAccount, type SettlementClients, settlementClients } from "../../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../../support/testNode.ts";
import { type UserTraffic, userTraffic } from "../../support/userTraffic.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };

let node: TestNode;
let clients: SettlementClients;
let traffic: UserTraffic;
let restarted: Awaited<ReturnType<typeof startAnvil>> | undefined;

beforeAll(async () => {
  node = await startTestNode(
    {
      BRAID_BATCH_INTERVAL_MS: "1000",
      BRAID_FINALIZATION_PERIOD_SECONDS: "2",
      BRAID_L1_BUMP_AFTER_MS: "3000",
      BRAID_L1_POLLING_MS: "250",
      BRAID_L1_POLL_MS: "250",
      BRAID_DATA_AVAILABILITY: "calldata",
    },
    { proves: true },
  );
  clients = settlementClients(node, devAccount(3));
  traffic = userTraffic(node);
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await restarted?.process.stop();
});

const metric = (name: string, labels?: Record<string, string>) =>
  readMetric(node.config.metricsPort, name, labels);
const finalized = () => metric("braid_batch_last_number", { state: "finalized" });
const settled = () => checkSettlement(node, traffic);
const l1Height = () => clients.reader1.getBlockNumber({ cacheTime: 0 });

/** Resolves to the L2 hash once L1 has it. */
async function deposit(value: bigint): Promise<Hash> {
  const { account, wallet1, reader1, l2 } = clients;
  const hash = await wallet1.depositTransaction({
    request: { to: account.address, mint: value, value, gas: 100_000n },
    targetChain: l2,
  });
  const [l2Hash = "0x"] = getL2TransactionHashes(await reader1.waitForTransactionReceipt({ hash }));
  return l2Hash;
}

/** Once `latest` is as far. */
async function minedOnL2(hash: Hash): Promise<void> {
  const { blockNumber } = await clients.reader2.waitForTransactionReceipt({ hash, timeout: 60_000 });
  await expect.poll(() => clients.reader2.getBlockNumber(), PATIENCE).toBeGreaterThanOrEqual(blockNumber);
}

function anvilPid(): number {
  const { pid } = JSON.parse(readFileSync(path.join(node.config.dataDir, "run", "anvil.pid"), "utf8"));
  return pid;
}

it("L1 takes back blocks with deposits, batches and finality: L2 follows, and posts what was lost again", async () => {
  const { reader2, control, account } = clients;
  await minedOnL2(await deposit(parseEther("1")));
  await settled();
  const stopSending = traffic.keepSending();
  const from = await l1Height();
  const balance = await reader2.getBalance(account);
  const lost = await deposit(parseEther("2"));
  await minedOnL2(lost);
  // What is final on L1 for our contracts goes too, further back than an L1 with finality of its own would go.
  const before = await finalized();
  await expect.poll(finalized, PATIENCE).toBeGreaterThan(before);

  const depth = Number((await l1Height()) - from);
  await control.request({ method: "anvil_reorg", params: [depth, []] } as never);
  await expect.poll(() => metric("braid_l1_reorganizations_total"), PATIENCE).toBeGreaterThan(0);
  const kept = await deposit(parseEther("4"));
  await minedOnL2(kept);
  await stopSending();
  await settled();
  // The lost deposit is gone from both chains, and nobody's transaction with it.
  expect(await reader2.getBalance(account)).toBe(balance + parseEther("4"));
  expect(await rpc(node.rpcUrl, "eth_getTransactionByHash", [lost])).toBeNull();
  expect(await metric("braid_l2_blocks_undone_total")).toBeGreaterThan(0);
  expect(await metric("braid_requeued_transactions_total", { outcome: "refused" })).toBe(0);
}, 150_000);

it("L1 hangs for a while: L2 goes on, and everything goes out afterwards", async () => {
  const stopSending = traffic.keepSending();
  await expect.poll(() => traffic.acknowledged.size, PATIENCE).toBeGreaterThan(0);
  const failures = await metric("braid_poster_failures_total");
  const pid = anvilPid();
  process.kill(pid, "SIGSTOP");
  try {
    await expect.poll(() => metric("braid_poster_failures_total"), PATIENCE).toBeGreaterThan(failures);
    for (const hash of await traffic.send(6)) await minedOnL2(hash);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await minedOnL2(await deposit(parseEther("1")));
  await stopSending();
  await settled();
}, 150_000);

it("L1 ends and starts again later: the same", async () => {
  const stopSending = traffic.keepSending();
  const pid = anvilPid();
  const port = Number(new URL(node.l1Url).port);
  const failures = await metric("braid_l1_watcher_failures_total");
  process.kill(pid, "SIGTERM");
  await expect.poll(() => metric("braid_l1_watcher_failures_total"), PATIENCE).toBeGreaterThan(failures + 1);
  for (const hash of await traffic.send(6)) await minedOnL2(hash);
  restarted = await startAnvil(node.config.dataDir, port);
  await minedOnL2(await deposit(parseEther("1")));
  await stopSending();
  await settled();
}, 150_000);
