import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createRedis } from "../../infra/index.ts";
import { type Block, bytesToHex, decodeTransaction, type Transaction } from "../../protocol/index.ts";
import { signTransfer, testAddress } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { makeBlock } from "../rpc/testing/rpcHarness.ts";
import { createBlockCandidates } from "./createBlockCandidates.ts";
import { createMempool } from "./createMempool.ts";
import { createPoolView } from "./createPoolView.ts";

type Redis = Awaited<ReturnType<typeof createRedis>>;

const RICH = { nonce: 0n, balance: 10n ** 20n };
const LIMITS = { total: 100, perSender: 50, queuedPerSender: 10, timeToLiveMs: 60_000 };
const ALL = { baseFeePerGas: 0n, accept: () => true };

let stack: TestStack;
let redis: Redis;
let connections = 0;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
});
beforeEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await redis.flushall();
  connections = 0;
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  redis.disconnect();
  await stack.stop();
});

function view(nonces: Map<string, bigint> = new Map(), idleMs = 60_000) {
  const made = createPoolView({
    redis,
    async connect() {
      connections++;
      return createRedis(stack.redisUrl, { blocking: true });
    },
    stateNonce: (sender) => nonces.get(bytesToHex(sender)) ?? 0n,
    onError: (error) => {
      throw error;
    },
    idleMs,
  });
  closers.push(() => made.stop());
  return made;
}

const transfer = async (sender: number, nonce: number): Promise<Transaction> =>
  decodeTransaction(await signTransfer(sender, { nonce }));
const sealing = (...transactions: Transaction[]): Block => makeBlock(undefined, { transactions });
const hashes = (transactions: Transaction[]) => transactions.map(({ hash }) => bytesToHex(hash));

test("holds what was acknowledged before it was asked, and forgets what a block took", async () => {
  const pool = createMempool(redis, LIMITS);
  const seen = view();
  const sent: Transaction[] = [];
  for (let nonce = 0; nonce < 20; nonce++) {
    const one = await transfer(0, nonce);
    await pool.add(one, RICH);
    sent.push(one);
    expect(hashes((await seen.now(1)).select(ALL))).toEqual(hashes(sent));
  }
  const gap = await transfer(1, 3);
  await pool.add(gap, RICH);
  seen.sealed(sealing(...sent.slice(0, 15)));
  const moment = await seen.now(2);
  expect(moment.size).toBe(6);
  const content = moment.content();
  expect(content.find(({ queued }) => queued.length > 0)).toEqual({
    sender: testAddress(1),
    pending: [],
    queued: [gap],
  });
  expect(hashes(content.flatMap(({ pending }) => pending))).toEqual(hashes(sent.slice(15)));
  expect(connections).toBe(1);
});

test("forgets what the builder drops", async () => {
  const pool = createMempool(redis, LIMITS);
  const rejected: string[] = [];
  const builder = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    timeToLiveMs: 60_000,
    onRejected: (more) => rejected.push(...more.map(({ reason }) => reason)),
    onError: (error) => {
      throw error;
    },
  });
  closers.push(() => builder.stop());
  await builder.start(() => 0n);
  const seen = view();
  const [first, second] = [await transfer(0, 0), await transfer(0, 1)];
  await pool.add(first, RICH);
  await pool.add(second, RICH);
  const before = await seen.now(1);
  expect(before.size).toBe(2);
  await builder.reject([{ transaction: first, reason: "a condition" }]);
  const after = await seen.now(1);
  expect(after.version).toBeGreaterThan(before.version);
  expect(after.select(ALL)).toEqual([]);
  expect(after.content()).toEqual([{ sender: first.sender, pending: [], queued: [second] }]);
  // Told once, and not again by the event of its removal.
  await pool.add(await transfer(1, 0), RICH);
  await expect.poll(() => builder.executable()).toBe(1);
  expect(rejected).toEqual(["a condition"]);
});

test("lets go of the pool when nobody asks, and reads it anew after that and when the head went back", async () => {
  const pool = createMempool(redis, LIMITS);
  const nonces = new Map<string, bigint>();
  await pool.add(await transfer(0, 0), RICH);
  await pool.add(await transfer(0, 1), RICH);
  const seen = view(nonces, 20);
  expect((await seen.now(5)).select(ALL)).toHaveLength(2);
  const clients = async () =>
    String(await redis.client("LIST"))
      .trim()
      .split("\n").length;
  const open = await clients();
  await expect.poll(clients).toBe(open - 1);
  seen.sealed(sealing(await transfer(0, 0)));
  nonces.set(bytesToHex(testAddress(0)), 1n);
  expect((await seen.now(6)).select(ALL)).toHaveLength(1);
  nonces.set(bytesToHex(testAddress(0)), 0n);
  expect((await seen.now(5)).select(ALL)).toHaveLength(2);
  expect(connections).toBe(3);
});
