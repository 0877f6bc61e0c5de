import { afterAll, beforeAll, expect, it } from "vitest";
import { type Block, bytesToHex, type Log } from "../../../protocol/index.ts";
import { createBlockCache } from "../blocks/blockCache.ts";
import { createArrayChain, type Harness, signedTransfer, startHarness } from "../testing/rpcHarness.ts";
import { formatBlock } from "./block.ts";
import { createBlockTexts } from "./blockTexts.ts";
import { formatReceipts } from "./receipts.ts";

let harness: Harness;
const log = (byte: number): Log => ({
  address: new Uint8Array(20).fill(byte),
  topics: [new Uint8Array(32).fill(byte)],
  data: new Uint8Array(byte),
});

beforeAll(async () => {
  harness = await startHarness();
  for (let nonce = 0; nonce < 6; nonce += 2) {
    const transactions = [
      (await signedTransfer(nonce)).transaction,
      (await signedTransfer(nonce + 1)).transaction,
    ];
    await harness.mine({ transactions, logs: [[log(nonce)], [log(nonce + 1), log(9)]] });
  }
});
afterAll(() => harness.stop());

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it("answers from rendered text are the formatted block, the first time and again", async () => {
  for (const block of harness.chain.blocks) {
    const number = `0x${block.header.number.toString(16)}`;
    const hash = bytesToHex(block.hash);
    for (let time = 0; time < 2; time++) {
      for (const full of [true, false]) {
        const expected = plain(formatBlock(block, full));
        expect((await harness.call("eth_getBlockByNumber", number, full)).result).toEqual(expected);
        expect((await harness.call("eth_getBlockByHash", hash, full)).result).toEqual(expected);
      }
      const receipts = (await harness.call("eth_getBlockReceipts", hash)).result;
      expect(receipts).toEqual(plain(formatReceipts(block)));
      for (const [index, { hash: transactionHash }] of block.transactions.entries()) {
        const one = await harness.call("eth_getTransactionReceipt", bytesToHex(transactionHash));
        expect(one.result).toEqual(plain(formatReceipts(block)[index]));
      }
    }
  }
});

it("renders a block once, and forgets the oldest text beyond its bytes", () => {
  const [first, second] = harness.chain.blocks.slice(1);
  if (first === undefined || second === undefined) throw new TypeError("no blocks");
  const { length } = JSON.stringify(formatBlock(first, true));
  const texts = createBlockTexts(Math.ceil(length * 1.5));
  const text = texts.block(first, true);
  expect(texts.block(first, true)).toBe(text);
  texts.block(second, true);
  expect(texts.block(first, true)).not.toBe(text);
  expect(texts.block(first, true)).toEqual(text);
});

it("the second read of a part of an old block brings the block into memory, and a third reads nothing", async () => {
  const chain = createArrayChain();
  chain.blocks.push(...harness.chain.blocks);
  let reads = 0;
  const counted = {
    blockByNumber: (number: number): Promise<Block | undefined> => {
      reads++;
      return chain.blockByNumber(number);
    },
    blockByHash: chain.blockByHash,
    headerByNumber: chain.headerByNumber,
  };
  const cache = createBlockCache(counted, 1e7);
  await cache.noteRead(2);
  expect([cache.cached(2), reads]).toEqual([undefined, 0]);
  await cache.noteRead(2);
  await cache.noteRead(2);
  await cache.noteRead(2);
  expect([cache.cached(2)?.header.number, reads]).toEqual([2, 1]);
  cache.forgetAfter(1);
  expect(cache.cached(2)).toBeUndefined();
  await cache.noteRead(2);
  expect(reads).toBe(1);
  await cache.noteRead(2);
  expect([cache.cached(2)?.header.number, reads]).toEqual([2, 2]);
});
