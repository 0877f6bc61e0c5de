import { pino } from "pino";
import { expect, it } from "vitest";
import { createBlockCache } from "../blocks/blockCache.ts";
import { createArrayChain, makeBlock, signedTransfer } from "../testing/rpcHarness.ts";
import { announcedChain } from "./announcedChain.ts";
import { createHeadTracker } from "./headTracker.ts";

it("has no transaction of a block that is not the head yet", async () => {
  const stored = createArrayChain();
  stored.blocks.push(makeBlock(undefined));
  const heads = createHeadTracker({
    chain: stored,
    blocks: createBlockCache(stored, 1_000_000),
    logger: pino({ level: "silent" }),
    pollMs: 3_600_000,
  });
  await heads.start();
  const chain = announcedChain(stored, heads);
  const { transaction } = await signedTransfer(0);
  stored.blocks.push(makeBlock(stored.blocks[0], { transactions: [transaction] }));
  const { hash } = transaction;
  expect(await stored.receiptByHash(hash)).toBeDefined();
  expect(await chain.receiptByHash(hash)).toBeUndefined();
  expect(await chain.transactionByHash(hash)).toBeUndefined();
  await heads.announce({ number: 1, safe: 0, finalized: 0 });
  expect(await chain.receiptByHash(hash)).toMatchObject({ blockNumber: 1 });
  expect(await chain.transactionByHash(hash)).toMatchObject({ blockNumber: 1 });
  await heads.stop();
});
