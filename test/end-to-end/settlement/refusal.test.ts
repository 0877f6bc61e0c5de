/** One bit that is wrong: what the prover makes of it, and what the node does then. */
import path from "node:path";
import { Queue } from "bullmq";
import { open } from "lmdb";
import { type Hash, hexToBytes } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRedis, createSql } from "../../../infra/index.ts";
import { proofQueueName } from "../../../protocol/index.ts";
import { readMetric } from "../../support/readMetric.ts";
import { rpc } from "../../support/rpc.ts";
import { checkSettlement } from "../../support/settlement/checkSettlement.ts";
import { readRollup } from "../../support/settlement/readSettlement.ts";
import { devAccount } from "../../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../../support/testNode.ts";
import { type UserTraffic, userTraffic } from "../../support/userTraffic.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };

let node: TestNode;
let traffic: UserTraffic;

beforeAll(async () => {
  node = await startTestNode(
    {
      BRAID_BATCH_INTERVAL_MS: "1000",
      BRAID_FINALIZATION_PERIOD_SECONDS: "2",
      BRAID_L1_POLLING_MS: "250",
      BRAID_DATA_AVAILABILITY: "calldata",
    },
    { proves: true },
  );
  traffic = userTraffic(node);
}, 120_000);
afterAll(() => node?.stop());

const ofSequencer = (name: string) => readMetric(node.config.metricsPort, name);
const ofProver = (name: string, labels?: Record<string, string>) =>
  readMetric(node.config.proverMetricsPort, name, labels);
const refusal = async () => Object(await rpc(node.rpcUrl, "rollup_syncStatus", [])).refusal;

/** The batch of an L2 transaction, once L1 has it. */
async function committedBatch(hash: Hash): Promise<number> {
  const find = async () => {
    const receipt = Object(await rpc(node.rpcUrl, "eth_getTransactionReceipt", [hash]));
    if (receipt.blockNumber === undefined) return undefined;
    const batch = Object(await rpc(node.rpcUrl, "rollup_getBatchOfBlock", [receipt.blockNumber]));
    return batch.l1TransactionHash ? Number(batch.number) : undefined;
  };
  await expect.poll(find, PATIENCE).toBeGreaterThan(0);
  return Number(await find());
}

/** Redis as the sequencer and the prover share it, while the prover takes no jobs. */
async function withoutProver(step: (redis: Awaited<ReturnType<typeof createRedis>>) => Promise<void>) {
  const redis = await createRedis(String(node.config.redisUrl));
  const queue = new Queue(proofQueueName(), { connection: redis });
  try {
    await queue.pause();
    await step(redis);
    await queue.resume();
  } finally {
    await queue.close();
    redis.disconnect();
  }
}

it("a proof's input that was damaged on its way gets no signature, and is made again", async () => {
  const [before = "0x"] = await traffic.send(3);
  await committedBatch(before);
  await checkSettlement(node, traffic);
  await withoutProver(async (redis) => {
    const [sent = "0x"] = await traffic.send(3);
    const batch = await committedBatch(sent);
    const find = async () => (await redis.keys(`braid:proof-input:${batch}:*`)).at(0);
    await expect.poll(find, PATIENCE).toBeTypeOf("string");
    const key = String(await find());
    const bit = 8 * Math.floor((await redis.strlen(key)) / 2);
    await redis.setbit(key, bit, 1 - (await redis.getbit(key, bit)));
  });
  await expect.poll(() => ofProver("braid_prover_failed_total"), PATIENCE).toBeGreaterThan(0);
  await checkSettlement(node, traffic);
  expect(await refusal()).toBeNull();
}, 120_000);

/** The lowest bit of an account's balance, where the sequencer keeps it. */
async function flipBalance(account: `0x${string}`): Promise<void> {
  const root = open({ path: path.join(node.config.dataDir, "state"), noSubdir: false, maxDbs: 8 });
  const accounts = root.openDB<Uint8Array, Uint8Array>({
    ...{ name: "account", encoding: "binary", keyEncoding: "binary" },
  });
  const key = Buffer.from(hexToBytes(account));
  const record = accounts.get(key);
  if (record === undefined) throw new TypeError("the account is not in the state");
  // Flags, a nonce of 4 bytes, a balance of 16.
  const changed = Buffer.from(record);
  changed[20] = (changed[20] ?? 0) ^ 1;
  await accounts.put(key, changed);
  await root.close();
}

it("a state with a wrong bit: the prover refuses, and nothing is proven or final from there on", async () => {
  const victim = devAccount(7);
  const balance = () => rpc(node.rpcUrl, "eth_getBalance", [victim.address, "latest"]);
  const right = BigInt(String(await balance()));
  await node.restartSequencer(() => flipBalance(victim.address));
  expect(BigInt(String(await balance()))).toBe(right ^ 1n);

  const damaged = userTraffic(node, [7]);
  const [sent = "0x"] = await damaged.send(1);
  const batch = await committedBatch(sent);
  await expect.poll(() => ofSequencer("braid_proof_refused"), PATIENCE).toBe(1);
  expect(await ofProver("braid_prover_refused_total")).toBe(1);
  expect(await refusal()).toMatchObject({ batchNumber: `0x${batch.toString(16)}` });

  // Users are served, and batches posted, as before; also after a restart, which forgets nothing.
  const later = await traffic.send(3);
  await committedBatch(later[0] ?? "0x");
  await node.restartSequencer();
  const [last = "0x"] = await traffic.send(3);
  const head = await committedBatch(last);
  await expect.poll(() => ofSequencer("braid_proof_refused"), PATIENCE).toBe(1);
  await checkSettlement(node, {
    acknowledged: [...traffic.acknowledged, ...damaged.acknowledged],
    finalized: false,
  });
  const rollup = await readRollup(node);
  expect(rollup.committed).toBeGreaterThanOrEqual(head);
  expect(rollup.proven).toBeLessThan(batch);
  expect(rollup.finalized).toBeLessThan(batch);
  const sql = await createSql(node.databaseUrl);
  try {
    expect(await sql`select batch_number from batch_proofs where batch_number >= ${batch}`).toHaveLength(0);
  } finally {
    await sql.end();
  }
}, 150_000);
