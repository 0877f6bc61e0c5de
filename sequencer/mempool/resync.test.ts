import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createRedis } from "../../infra/index.ts";
import { bytesToHex, decodeTransaction } from "../../protocol/index.ts";
import { signTransfer } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { createBlockCandidates } from "./createBlockCandidates.ts";
import { createMempool } from "./createMempool.ts";
import type { BlockCandidates, Mempool } from "./types.ts";

const RICH = { nonce: 0n, balance: 10n ** 20n };
const ALL = { baseFeePerGas: 0n, accept: () => true };

let stack: TestStack;
let redis: Awaited<ReturnType<typeof createRedis>>;
let candidates: BlockCandidates;
let pool: Mempool;
/** Of every sender. */
let nonce = 0n;
const rejected: string[] = [];

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
  pool = createMempool(redis, { total: 50, perSender: 50, queuedPerSender: 50, timeToLiveMs: 60_000 });
  candidates = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    timeToLiveMs: 60_000,
    onRejected: (more) => rejected.push(...more.map(({ hash }) => bytesToHex(hash))),
    onError: (error) => {
      throw error;
    },
  });
  await candidates.start(() => nonce);
});
beforeEach(async () => {
  nonce = 0n;
  rejected.length = 0;
});
afterAll(async () => {
  await candidates.stop();
  redis.disconnect();
  await stack.stop();
});

async function add(sender: number, at: number) {
  const transaction = decodeTransaction(await signTransfer(sender, { nonce: at }));
  await pool.add(transaction, { ...RICH, nonce });
  return transaction;
}

const selected = () => candidates.select(ALL).map((transaction) => Number(transaction.nonce));

test("whatever the pool took can be selected once it is caught up with", async () => {
  for (let at = 0; at < 20; at++) {
    await add(0, at);
    await candidates.caughtUp();
    expect(selected()).toHaveLength(at + 1);
  }
});

test("nonces that went back open a gap, which the next transactions fill", async () => {
  const mined = [await add(1, 0), await add(1, 1)];
  const sender = mined[0]?.sender ?? new Uint8Array(20);
  await candidates.caughtUp();
  nonce = 2n;
  await candidates.settle({ included: mined, dropped: [] });
  await add(1, 2);
  await candidates.caughtUp();
  nonce = 0n;
  await candidates.resync();
  const ofSender = () =>
    candidates.select(ALL).filter((one) => bytesToHex(one.sender) === bytesToHex(sender));
  expect(ofSender()).toEqual([]);
  expect(await pool.nextNonce(sender, 0n)).toBe(0n);
  await add(1, 0);
  await add(1, 1);
  await candidates.caughtUp();
  expect(ofSender().map((one) => one.nonce)).toEqual([0n, 1n, 2n]);
  expect(await pool.nextNonce(sender, 0n)).toBe(3n);
});

test("nonces that went past what waits drop it, with a reason", async () => {
  const [first, second, third] = [await add(2, 0), await add(2, 1), await add(2, 2)];
  await candidates.caughtUp();
  nonce = 2n;
  await candidates.resync();
  await expect
    .poll(() => rejected)
    .toEqual(expect.arrayContaining([bytesToHex(first.hash), bytesToHex(second.hash)]));
  expect(rejected).not.toContain(bytesToHex(third.hash));
  expect(await pool.get(first.hash)).toBeUndefined();
  expect((await pool.get(third.hash))?.nonce).toBe(2n);
  expect(await pool.nextNonce(third.sender, 2n)).toBe(3n);
});
