import { getEventListeners } from "node:events";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createRedis } from "../../infra/index.ts";
import { bytesToHex, decodeTransaction, type Transaction } from "../../protocol/index.ts";
import { signTransfer, type TransferFields } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { createBlockCandidates, type PoolRejection } from "./createBlockCandidates.ts";
import { createMempool } from "./createMempool.ts";
import { createPendingTransactionFeed } from "./createPendingTransactionFeed.ts";
import { CHANGED_KEYS, POOL_KEYS } from "./poolKeys.ts";
import { encodeAdditions } from "./poolRecords.ts";
import type { BlockCandidates, MempoolLimits } from "./types.ts";

type Redis = Awaited<ReturnType<typeof createRedis>>;

const LIMITS: MempoolLimits = { total: 8, perSender: 5, queuedPerSender: 2, timeToLiveMs: 60_000 };
const RICH = { nonce: 0n, balance: 10n ** 20n };
const ALL = { baseFeePerGas: 0n, accept: () => true };

let stack: TestStack;
let redis: Redis;
const opened: { stop(): Promise<void> }[] = [];
let rejected: PoolRejection[] = [];

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
});
beforeEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
  await redis.flushall();
  rejected = [];
});
afterAll(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
  redis.disconnect();
  await stack.stop();
});

async function transfer(sender: number, fields: TransferFields): Promise<Transaction> {
  return decodeTransaction(await signTransfer(sender, fields));
}

async function candidates(
  stateNonce: (sender: Uint8Array) => bigint = () => 0n,
  expiry = { timeToLiveMs: 60_000, expiryIntervalMs: 1000 },
): Promise<BlockCandidates> {
  const made = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    ...expiry,
    onRejected: (more) => rejected.push(...more),
    onError: (error) => {
      throw error;
    },
  });
  await made.start(stateNonce);
  opened.push(made);
  return made;
}

const hashes = (transactions: Transaction[]) => transactions.map(({ hash }) => bytesToHex(hash));

test("takes, finds and counts; refuses what it has", async () => {
  const pool = createMempool(redis, LIMITS);
  const [first, gap] = [await transfer(0, { nonce: 0 }), await transfer(0, { nonce: 2 })];
  await Promise.all([pool.add(first, RICH), pool.add(gap, RICH)]);
  expect(await pool.get(first.hash)).toEqual(first);
  expect(await pool.get(new Uint8Array(32))).toBeUndefined();
  expect(await pool.nextNonce(first.sender, 0n)).toBe(1n);
  expect(await pool.status()).toEqual({ pending: 1, queued: 1 });
  await expect(pool.add(first, RICH)).rejects.toMatchObject({ message: "already known" });
  await pool.add(await transfer(0, { nonce: 1 }), RICH);
  expect(await pool.nextNonce(first.sender, 0n)).toBe(3n);
  await expect.poll(() => pool.status()).toEqual({ pending: 3, queued: 0 });
});

test("replaces at 10 % more on both fees, not below", async () => {
  const pool = createMempool(redis, LIMITS);
  const old = await transfer(0, { nonce: 0, tip: 1000n, feeCap: 10_000n });
  await pool.add(old, RICH);
  for (const [tip, feeCap] of [
    [1099n, 20_000n],
    [2000n, 10_999n],
    [1000n, 10_000n],
  ] as const) {
    await expect(
      pool.add(await transfer(0, { nonce: 0, tip, feeCap, value: 2n }), RICH),
    ).rejects.toMatchObject({
      message: "replacement transaction underpriced",
    });
  }
  const replacement = await transfer(0, { nonce: 0, tip: 1100n, feeCap: 11_000n, value: 3n });
  await pool.add(replacement, RICH);
  expect(await pool.get(old.hash)).toBeUndefined();
  expect(hashes((await candidates()).select(ALL))).toEqual(hashes([replacement]));
});

test("bounds each sender, its queue, and the whole; evicts the last of whoever pays least", async () => {
  const pool = createMempool(redis, LIMITS);
  for (const nonce of [5, 6]) await pool.add(await transfer(0, { nonce }), RICH);
  await expect(pool.add(await transfer(0, { nonce: 7 }), RICH)).rejects.toMatchObject({
    code: "MEMPOOL_QUEUE_FULL",
  });
  for (const nonce of [0, 1, 2]) await pool.add(await transfer(0, { nonce }), RICH);
  await expect(pool.add(await transfer(0, { nonce: 3 }), RICH)).rejects.toMatchObject({
    code: "MEMPOOL_SENDER_FULL",
  });

  const cheap = [
    await transfer(1, { nonce: 0, tip: 5n }),
    await transfer(1, { nonce: 1, tip: 900n }),
    await transfer(1, { nonce: 2, tip: 900n }),
  ];
  for (const tx of cheap) await pool.add(tx, RICH);
  await expect(pool.add(await transfer(2, { nonce: 0, tip: 5n }), RICH)).rejects.toMatchObject({
    message: "txpool is full",
  });
  const dear = await transfer(2, { nonce: 0, tip: 5000n });
  await pool.add(dear, RICH);
  expect(await pool.get((cheap[2] as Transaction).hash)).toBeUndefined();
  expect(await pool.get((cheap[0] as Transaction).hash)).toBeDefined();
  expect(await pool.nextNonce((cheap[0] as Transaction).sender, 0n)).toBe(2n);
});

test("two RPC processes share one pool", async () => {
  const other = await createRedis(stack.redisUrl);
  const [here, there] = [createMempool(redis, LIMITS), createMempool(other, LIMITS)];
  const tx = await transfer(0, { nonce: 0 });
  const results = await Promise.allSettled([here.add(tx, RICH), there.add(tx, RICH)]);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await there.add(await transfer(0, { nonce: 1 }), RICH);
  expect(await here.nextNonce(tx.sender, 0n)).toBe(2n);
  other.disconnect();
});

test("selects by tip, then arrival, in nonce order; leaves out who cannot pay the base fee", async () => {
  const pool = createMempool(redis, LIMITS);
  const late = await transfer(0, { nonce: 0, tip: 10n });
  const rich = [await transfer(1, { nonce: 0, tip: 50n }), await transfer(1, { nonce: 1, tip: 99n })];
  const early = await transfer(2, { nonce: 0, tip: 10n });
  const poor = await transfer(3, { nonce: 0, tip: 1n, feeCap: 6n });
  for (const tx of [early, late, ...rich, poor]) await pool.add(tx, RICH);
  const builder = await candidates();
  expect(hashes(builder.select({ ...ALL, baseFeePerGas: 7n }))).toEqual(hashes([...rich, early, late]));
  const accept = (tx: Transaction) =>
    tx !== undefined && bytesToHex(tx.hash) !== bytesToHex((rich[0] as Transaction).hash);
  expect(hashes(builder.select({ ...ALL, accept }))).toEqual(hashes([early, late, poor]));
});

test("follows arrivals, settles blocks, and a restarted builder finds what is left", async () => {
  const pool = createMempool(redis, LIMITS);
  const state = new Map<string, bigint>();
  const nonceOf = (sender: Uint8Array) => state.get(bytesToHex(sender)) ?? 0n;
  const builder = await candidates(nonceOf);
  const work = builder.waitForWork(AbortSignal.timeout(5000));
  const sent = [
    await transfer(0, { nonce: 0 }),
    await transfer(0, { nonce: 1 }),
    await transfer(1, { nonce: 0, value: 10n ** 30n }),
  ];
  await Promise.all(sent.map((tx) => pool.add(tx, RICH)));
  await work;
  await expect.poll(() => builder.select(ALL)).toHaveLength(3);
  const [first, , bad] = sent as [Transaction, Transaction, Transaction];
  state.set(bytesToHex(first.sender), 1n);
  await builder.settle({ included: [first], dropped: [{ transaction: bad, reason: "insufficient funds" }] });
  expect(hashes(builder.select(ALL))).toEqual(hashes([sent[1] as Transaction]));
  expect(await redis.hlen("braid:pool:txs")).toBe(1);
  expect(hashes((await candidates(nonceOf)).select(ALL))).toEqual(hashes([sent[1] as Transaction]));
});

test("a transaction whose nonce is taken leaves with a reason, at start and while running", async () => {
  const pool = createMempool(redis, LIMITS);
  const mined = await transfer(0, { nonce: 0 });
  await pool.add(mined, RICH);
  const builder = await candidates(() => 1n);
  expect(await pool.get(mined.hash)).toBeUndefined();
  await pool.add(await transfer(1, { nonce: 0 }), RICH);
  await expect.poll(() => rejected.map(({ reason }) => reason)).toEqual(["nonce too low", "nonce too low"]);
  expect(builder.executable()).toBe(0);
  expect(await redis.hlen("braid:pool:txs")).toBe(0);
});

test("what waits too long expires with a reason, with no block made", async () => {
  const pool = createMempool(redis, LIMITS);
  await pool.add(await transfer(0, { nonce: 1 }), RICH);
  await pool.add(await transfer(1, { nonce: 0 }), RICH);
  const builder = await candidates(() => 0n, { timeToLiveMs: -1, expiryIntervalMs: 10 });
  await expect.poll(() => rejected.length).toBe(2);
  for (const { reason } of rejected) expect(reason).toContain("expired");
  await expect.poll(() => builder.executable()).toBe(0);
  expect(await createMempool(redis, LIMITS).status()).toEqual({ pending: 0, queued: 0 });
});

test("in a full pool a transaction behind a gap pushes nothing out, whatever it pays", async () => {
  const pool = createMempool(redis, { ...LIMITS, total: 2 });
  const held = [await transfer(0, { nonce: 0, tip: 1n }), await transfer(1, { nonce: 0, tip: 2n })];
  for (const tx of held) await pool.add(tx, RICH);
  const gapped = await transfer(2, { nonce: 1, tip: 10n ** 6n });
  await expect(pool.add(gapped, RICH)).rejects.toMatchObject({ message: "txpool is full" });
  for (const tx of held) expect(await pool.get(tx.hash)).toBeDefined();
  await pool.add(await transfer(2, { nonce: 0, tip: 10n ** 6n }), RICH);
  expect(await pool.get((held[0] as Transaction).hash)).toBeUndefined();
});

test("events that were trimmed before they were read make the builder load the pool again", async () => {
  const pool = createMempool(redis, LIMITS);
  const builder = await candidates();
  const [missed, seen] = [await transfer(0, { nonce: 0 }), await transfer(1, { nonce: 0 })];
  // Added and trimmed in one transaction of Redis: no reader can see the event.
  const { total, perSender, queuedPerSender } = LIMITS;
  await redis
    .multi()
    .braidPoolAdd(
      ...CHANGED_KEYS,
      ...[total, perSender, queuedPerSender, Date.now(), POOL_KEYS.senderPrefix],
      encodeAdditions([{ transaction: missed, sender: RICH }]),
    )
    .xtrim(POOL_KEYS.events, "MAXLEN", 0)
    .exec();
  await pool.add(seen, RICH);
  await expect.poll(() => builder.executable()).toBe(2);
});

test("waiting for work leaves nothing on the signal", async () => {
  const pool = createMempool(redis, LIMITS);
  const builder = await candidates();
  const { signal } = new AbortController();
  const waits = [1, 2, 3].map(() => builder.waitForWork(signal));
  expect(getEventListeners(signal, "abort")).toHaveLength(3);
  await pool.add(await transfer(0, { nonce: 0 }), RICH);
  await Promise.all(waits);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an entry that cannot be read does not keep the others waiting", async () => {
  const pool = createMempool(redis, LIMITS);
  await pool.add(await transfer(0, { nonce: 0 }), RICH);
  await redis.hset(POOL_KEYS.txs, "broken", "x".repeat(200));
  const errors: unknown[] = [];
  const builder = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    timeToLiveMs: 60_000,
    onRejected: () => undefined,
    onError: (error) => errors.push(error),
  });
  opened.push(builder);
  await builder.start(() => 0n);
  expect(builder.executable()).toBe(1);
  expect(errors).toMatchObject([{ code: "DECODE_FAILED" }]);
});

test("tells subscribers of each transaction", async () => {
  const feed = createPendingTransactionFeed(
    await createRedis(stack.redisUrl, { blocking: true }),
    (error) => {
      throw error;
    },
  );
  opened.push(feed);
  const seen: Transaction[] = [];
  feed.onTransaction((transaction) => seen.push(transaction));
  const pool = createMempool(redis, { ...LIMITS, total: 1000, perSender: 1000, queuedPerSender: 1000 });
  let nonce = 0;
  // The feed begins at some moment from now on: add until it has seen one.
  await expect
    .poll(async () => {
      await pool.add(await transfer(0, { nonce: nonce++ }), RICH);
      return seen.length;
    })
    .toBeGreaterThan(0);
  expect(seen[0]?.sender).toEqual((await transfer(0, { nonce: 0 })).sender);
});
