import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { batchHash, blockToBatchBlock, bytesToHex, decodeBatch, keccak256 } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { createBatchSealer } from "./createBatchSealer.ts";
import { type SettlementBench, startSettlementBench } from "./testing/settlementBench.ts";

let bench: SettlementBench;
beforeAll(async () => {
  bench = await startSettlementBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
});
afterAll(() => bench?.stop());

const sealer = (batchIntervalMs: number, maxBatchBytes = 120_000) =>
  createBatchSealer({
    chain: bench.chain,
    log: bench.log,
    batchIntervalMs,
    maxBatchBytes,
    onFatal: (error) => bench.fatal.push(error),
  });

test("an old block is sealed, alone if need be, and nothing is sealed without blocks", async () => {
  const subject = sealer(50);
  await subject.start();
  await subject.sealNow();
  expect(await bench.chain.lastBatch()).toBeUndefined();
  const block = await bench.appendBlock(3);
  subject.blockAppended(block);
  await vi.waitUntil(async () => (await bench.chain.lastBatch())?.number === 1, { timeout: 10_000 });
  await subject.stop();
  const batch = await bench.chain.batchByNumber(1);
  expect(batch).toMatchObject({ firstBlock: 1, lastBlock: 1, status: "sealed" });
  expect(decodeBatch(batch?.data ?? new Uint8Array())[0]?.transactions).toHaveLength(3);
});

test("batches fill up to the limit, follow each other, and a restart goes on where the last run ended", async () => {
  const first = sealer(1e9, 10_000);
  await first.start();
  for (let i = 0; i < 30; i++) first.blockAppended(await bench.appendBlock(20));
  await vi.waitUntil(async () => ((await bench.chain.lastBatch())?.number ?? 0) >= 4, { timeout: 20_000 });
  await first.stop();
  for (let i = 0; i < 5; i++) await bench.appendBlock(20);

  const second = sealer(1e9, 10_000);
  await second.start();
  await second.sealNow();
  await second.stop();

  const last = await bench.chain.lastBatch();
  expect(last?.lastBlock).toBe((await bench.chain.head())?.number);
  let next = 1;
  let previousHash: Uint8Array | undefined;
  for (let number = 1; number <= (last?.number ?? 0); number++) {
    const batch = await bench.chain.batchByNumber(number);
    if (batch === undefined) throw new TypeError(`batch ${number} is missing`);
    expect(batch.firstBlock).toBe(next);
    expect(batch.data.length).toBeLessThanOrEqual(10_000);
    if (number > 1 && number < (last?.number ?? 0)) expect(batch.data.length).toBeGreaterThan(7_000);
    const blocks = bench.blocks.slice(batch.firstBlock, batch.lastBlock + 1).map(({ block }) => block);
    expect(decodeBatch(batch.data)).toEqual(blocks.map(blockToBatchBlock));
    if (previousHash !== undefined) expect(bytesToHex(batch.previousHash)).toBe(bytesToHex(previousHash));
    const lastBlockHash = blocks.at(-1)?.hash ?? new Uint8Array();
    expect(batch.hash).toEqual(batchHash({ ...batch, lastBlockHash }, keccak256(batch.data)));
    previousHash = batch.hash;
    next = batch.lastBlock + 1;
  }
  expect(bench.fatal).toEqual([]);
});

test("blocks without transactions wait for one with: no empty batch is posted", async () => {
  const before = (await bench.chain.lastBatch())?.number ?? 0;
  let clock = 0;
  const subject = createBatchSealer({
    chain: bench.chain,
    log: bench.log,
    batchIntervalMs: 50,
    onFatal: (error) => bench.fatal.push(error),
    now: () => clock,
  });
  await subject.start();
  const empty = await bench.appendBlock(0);
  subject.blockAppended(empty);
  clock = 1e6;
  const full = await bench.appendBlock(1);
  subject.blockAppended(full);
  expect((await bench.chain.lastBatch())?.number ?? 0).toBe(before);
  clock = 2e6;
  await vi.waitUntil(async () => (await bench.chain.lastBatch())?.number === before + 1, { timeout: 10_000 });
  await subject.stop();
  expect(await bench.chain.lastBatch()).toMatchObject({
    firstBlock: empty.header.number,
    lastBlock: full.header.number,
  });
});

test("a block that no batch can carry stops sealing loudly instead of being tried for ever", async () => {
  const fatal: string[] = [];
  const subject = createBatchSealer({
    chain: bench.chain,
    log: bench.log,
    batchIntervalMs: 1e9,
    onFatal: ({ message }) => fatal.push(message),
  });
  await subject.start();
  const block = await bench.appendBlock(1);
  const [transaction] = block.transactions;
  if (transaction === undefined) throw new TypeError("the block is empty");
  subject.blockAppended({ ...block, transactions: [{ ...transaction, raw: Uint8Array.of(0x7e, 0xc0) }] });
  await expect(subject.sealNow()).rejects.toThrow(/batches do not carry/);
  await subject.stop();
  expect(fatal).toHaveLength(1);
});

test("a block that does not follow stops sealing loudly", async () => {
  const subject = sealer(1e9);
  await subject.start();
  await bench.appendBlock(1);
  subject.blockAppended(await bench.appendBlock(1));
  await subject.stop();
  expect(bench.fatal.map(({ code }) => code)).toEqual(["INVARIANT_BROKEN"]);
});
