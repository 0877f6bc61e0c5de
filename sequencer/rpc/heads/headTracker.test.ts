import type { Redis } from "ioredis";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createRedis } from "../../../infra/index.ts";
import { keccak256 } from "../../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../../test/support/stack.ts";
import { createBlockCache } from "../blocks/blockCache.ts";
import { createArrayChain, makeBlock } from "../testing/rpcHarness.ts";
import { HEADS_CHANNEL } from "./headMessage.ts";
import { createHeadTracker, HeadUnknownError } from "./headTracker.ts";
import { publishHead } from "./publishHead.ts";

let stack: TestStack;
let publisher: Redis;
beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  publisher = await createRedis(stack.redisUrl);
});
afterAll(async () => {
  publisher.disconnect();
  await stack.stop();
});

async function follow(pollMs: number, blocks: number) {
  const chain = createArrayChain();
  const grow = () => {
    const block = makeBlock(chain.blocks.at(-1));
    chain.blocks.push(block);
    return { number: block.header.number, hash: block.hash, safe: 0, finalized: 0 };
  };
  for (let made = 0; made < blocks; made++) grow();
  const redis = await createRedis(stack.redisUrl, { blocking: true });
  const cache = createBlockCache(chain, 1_000_000);
  const tracker = createHeadTracker({
    chain,
    blocks: cache,
    logger: pino({ level: "silent" }),
    redis,
    pollMs,
  });
  const seen: number[] = [];
  tracker.onBlock((block) => seen.push(block.header.number));
  await tracker.start();
  const stop = async () => {
    await tracker.stop();
    redis.disconnect();
  };
  return { chain, cache, grow, tracker, seen, redis, stop };
}

const NEVER = 3_600_000;

it("starts at the chain's head and sees each published block once, in order", async () => {
  const { grow, tracker, seen, stop } = await follow(NEVER, 5);
  expect(tracker.heads().latest.number).toBe(4);
  const first = grow();
  const second = grow();
  // The first message is lost, the second comes twice, then an old one.
  await publishHead(publisher, { ...second, safe: 3, finalized: 2 });
  await publishHead(publisher, { ...second, safe: 3, finalized: 2 });
  await publishHead(publisher, { ...first, safe: 3, finalized: 2 });
  await vi.waitFor(() => expect(seen).toEqual([5, 6]));
  await vi.waitFor(() =>
    expect(tracker.heads()).toMatchObject({ latest: { number: 6 }, safe: 3, finalized: 2 }),
  );
  await publisher.publish(HEADS_CHANNEL, "{rubbish");
  await publishHead(publisher, grow());
  await vi.waitFor(() => expect(seen).toEqual([5, 6, 7]));
  await stop();
});

it("finds what no message told, by asking the chain", async () => {
  const { grow, seen, stop } = await follow(20, 1);
  grow();
  grow();
  await vi.waitFor(() => expect(seen).toEqual([1, 2]));
  await stop();
});

it("catches up when its Redis connection comes back", async () => {
  const { grow, seen, redis, stop } = await follow(NEVER, 1);
  const again = new Promise((resolve) => redis.once("ready", resolve));
  redis.disconnect(true);
  grow();
  await again;
  await vi.waitFor(() => expect(seen).toEqual([1]));
  await publishHead(publisher, grow());
  await vi.waitFor(() => expect(seen).toEqual([1, 2]));
  await stop();
});

it("says so while there is no block", async () => {
  const { grow, tracker, stop } = await follow(20, 0);
  expect(() => tracker.heads()).toThrow(HeadUnknownError);
  grow();
  await vi.waitFor(() => expect(tracker.heads().latest.number).toBe(0));
  await stop();
});

/** Takes blocks away and, from there on, adds others. */
function replaceAfter(chain: Awaited<ReturnType<typeof follow>>["chain"], number: number, added: number) {
  chain.blocks.length = number + 1;
  for (let made = 0; made < added; made++) {
    const block = makeBlock(chain.blocks.at(-1));
    chain.blocks.push({ ...block, hash: keccak256(block.hash) });
  }
}

it.each([
  ["a lower head", 0],
  ["another head at the same height", 3],
  ["a longer chain", 5],
])("follows the chain back: %s", async (_, added) => {
  const { chain, cache, tracker, seen, stop } = await follow(NEVER, 4);
  for (let number = 4; number <= 6; number++) {
    chain.blocks.push(makeBlock(chain.blocks.at(-1)));
    await tracker.announce({ number, safe: 0, finalized: 0 });
  }
  const wentBack: number[] = [];
  tracker.onRollback(({ number }) => wentBack.push(number));
  const stale = chain.blocks[6];
  replaceAfter(chain, 3, added);
  const head = 3 + added;
  await tracker.announce({ number: head, safe: 0, finalized: 0 });
  expect(wentBack).toEqual([3]);
  expect(tracker.heads().latest).toEqual({ number: head, hash: chain.blocks[head]?.hash });
  expect(seen).toEqual([4, 5, 6, ...Array.from({ length: added }, (_, index) => 4 + index)]);
  expect((await cache.byNumber(6))?.hash).toEqual(chain.blocks[6]?.hash);
  expect(cache.cached(6)).not.toBe(stale);
  // An old message changes nothing.
  await tracker.announce({ number: 2, safe: 0, finalized: 0 });
  expect(tracker.heads().latest.number).toBe(head);
  expect(wentBack).toEqual([3]);
  await stop();
});

it("notices a rollback that no message told of", async () => {
  const { chain, tracker, stop } = await follow(20, 6);
  replaceAfter(chain, 2, 0);
  await vi.waitFor(() => expect(tracker.heads().latest.number).toBe(2));
  replaceAfter(chain, 1, 4);
  await vi.waitFor(() => expect(tracker.heads().latest.hash).toEqual(chain.blocks[5]?.hash));
  await stop();
});

it("keeps no block that was being read while the chain went back", async () => {
  const { chain, cache, stop } = await follow(NEVER, 4);
  const reading = cache.byNumber(2);
  cache.forgetAfter(1);
  expect((await reading)?.hash).toEqual(chain.blocks[2]?.hash);
  expect(cache.cached(2)).toBeUndefined();
  await stop();
});
