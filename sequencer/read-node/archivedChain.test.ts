import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { ExecutedBlock } from "../../executor/index.ts";
import { executedChain, placeOf } from "../../test/support/executedChain.ts";
import { callSpec } from "../../test/support/provenChain.ts";
import type { BlockSpec } from "../../test/support/randomBlocks.ts";
import { type Archive, createArchive } from "../../verifier/archive/index.ts";
import type { L1Batch } from "../../verifier/index.ts";
import { createBlockCache } from "../rpc/blocks/blockCache.ts";
import type { ChainReader } from "../rpc/chainReader.ts";
import { createHeadTracker } from "../rpc/heads/headTracker.ts";
import { createArchivedChain } from "./archivedChain.ts";

const BLOCKS = 6;
let executed: ExecutedBlock[];
beforeAll(async () => {
  const spec = (number: number): BlockSpec => ({
    fee: { kind: "fee" },
    gasLimit: 120_000_000n,
    transactions: [callSpec(number % 3, 1n, BigInt(number + 1)), callSpec((number + 1) % 3, 2n, 3n)],
  });
  executed = await executedChain(Array.from({ length: BLOCKS }, (_, number) => spec(number)));
}, 60_000);

let folder: string;
let archive: Archive;
let stateHead: number;
let chain: ChainReader;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-archived-chain-"));
  archive = createArchive(folder);
  for (const one of executed) await archive.append(one, placeOf(one.block.header.number));
  stateHead = BLOCKS;
  chain = createArchivedChain(archive, () => stateHead);
});
afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

const hash = (fill: number) => new Uint8Array(32).fill(fill);
const batch = (number: number): L1Batch => ({
  header: {
    ...{ number, firstBlock: number * 2 - 1, lastBlock: number * 2, previousHash: hash(1) },
    ...{ postStateRoot: hash(2), lastBlockHash: hash(3), outputRoot: hash(4) },
    ...{ l1OriginNumber: 5, l1OriginHash: hash(6), messagesConsumed: 7 },
  },
  ...{ hash: hash(8), dataHash: hash(9), rollingHash: hash(10), kind: "calldata", blobHashes: [] },
  transactionHash: hash(11),
  l1Block: { number: 12, hash: hash(13), timestamp: 14 },
});

it("ends where the state does, which follows the archive", async () => {
  const refOf = (number: number) => ({ number, hash: executed[number]?.block.hash });
  expect(await chain.head()).toEqual(refOf(BLOCKS));
  stateHead = 4;
  expect(await chain.head()).toEqual(refOf(4));
  await archive.rewind(3);
  expect(await chain.head()).toEqual(refOf(3));
  expect(await createArchivedChain(archive, () => undefined).head()).toBeUndefined();
});

it("calls a verified batch safe, and says how far it is on L1", async () => {
  expect([await chain.safeBlock(), await chain.lastBatch()]).toEqual([0, undefined]);
  for (const number of [1, 2, 3]) await archive.batchVerified(batch(number), new Uint8Array(number));
  await archive.settled({ proven: 4, finalized: 2 });
  expect([await chain.safeBlock(), await chain.finalizedBlock()]).toEqual([6, 2]);
  const statuses = [1, 2, 3].map(async (number) => (await chain.batchByNumber(number))?.status);
  expect(await Promise.all(statuses)).toEqual(["finalized", "proven", "committed"]);
  expect(await chain.batchOfBlock(3)).toMatchObject({
    ...{ number: 2, firstBlock: 3, lastBlock: 4, size: 2 },
    posting: { kind: "calldata", blobHashes: undefined, previousHash: hash(1), hash: hash(8) },
    commit: { transactionHash: hash(11), blockNumber: 12 },
  });
  await archive.rewind(5);
  expect([await chain.safeBlock(), (await chain.lastBatch())?.number]).toEqual([4, 2]);
});

it("refuses more logs than allowed, and names a range that fits", async () => {
  const all = { fromBlock: 0, toBlock: BLOCKS, addresses: [], topics: [] };
  const logs = await chain.logs({ ...all, limit: 100 });
  expect(logs.length).toBe(2 * BLOCKS);
  await expect(chain.logs({ ...all, limit: 5 })).rejects.toMatchObject({
    code: "LOG_LIMIT_EXCEEDED",
    message: "query returned more than 5 results. Try with this block range [0x0, 0x2].",
  });
});

it("shows a chain that went back to those who follow it", async () => {
  const blocks = createBlockCache(chain, 1_000_000);
  const heads = createHeadTracker({ chain, blocks, logger: pino({ level: "silent" }), pollMs: 3_600_000 });
  await heads.start();
  const wentBack: number[] = [];
  const seen: number[] = [];
  heads.onRollback(({ number }) => wentBack.push(number));
  heads.onBlock(({ header }) => seen.push(header.number));
  const announce = async () => {
    const number = (await chain.head())?.number ?? -1;
    await heads.announce({ number, safe: await chain.safeBlock(), finalized: await chain.finalizedBlock() });
  };
  await archive.rewind(4);
  stateHead = 4;
  await announce();
  for (const number of [5, 6]) await archive.append(executed[number] ?? fail(), placeOf(number));
  await announce();
  stateHead = 6;
  await announce();
  expect(wentBack).toEqual([4]);
  expect(seen).toEqual([5, 6]);
  await heads.stop();
});

function fail(): never {
  throw new TypeError("the test's chain is too short");
}
