import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Block, decodeBatch, hexToBytes, outputRoot } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { truncateAfter } from "../chain-store/index.ts";
import { createBatchSealer } from "./createBatchSealer.ts";
import { type SettlementBench, startSettlementBench } from "./testing/settlementBench.ts";

let bench: SettlementBench;
beforeAll(async () => {
  bench = await startSettlementBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
});
afterAll(() => bench?.stop());

const EMPTY_ROOT = hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
const messagePasserRoot = () => EMPTY_ROOT;
const dataOf = async (number: number) => (await bench.chain.batchData(number)) ?? new Uint8Array();
const stored = async (number: number): Promise<Block> => {
  const block = await bench.chain.blockByNumber(number);
  if (block === undefined) throw new TypeError(`block ${number} is missing`);
  return block;
};

const sealer = (batchIntervalMs: number, maxBatchBytes = 120_000) =>
  createBatchSealer({
    chain: bench.chain,
    messagePasserRoot,
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
  expect(decodeBatch(await dataOf(1))[0]?.transactions).toHaveLength(3);
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
  for (let number = 1; number <= (last?.number ?? 0); number++) {
    const batch = await bench.chain.batchByNumber(number);
    if (batch === undefined) throw new TypeError(`batch ${number} is missing`);
    expect(batch.firstBlock).toBe(next);
    const data = await dataOf(number);
    expect(data.length).toBeLessThanOrEqual(10_000);
    if (number > 1 && number < (last?.number ?? 0)) expect(data.length).toBeGreaterThan(7_000);
    const decoded = decodeBatch(data);
    expect(decoded).toHaveLength(batch.lastBlock - batch.firstBlock + 1);
    for (const { number: at, transactions, l1Origin } of decoded) {
      expect(transactions).toEqual((await stored(at)).transactions.map(({ raw }) => raw));
      expect(l1Origin?.number).toBe((await bench.chain.l1Position(at))?.originNumber);
    }
    const { header, hash } = await stored(batch.lastBlock);
    const { stateRoot } = header;
    expect(batch).toMatchObject({
      postStateRoot: stateRoot,
      lastBlockHash: hash,
      outputRoot: outputRoot({ stateRoot, messagePasserStorageRoot: EMPTY_ROOT, blockHash: hash }),
      l1OriginNumber: (await bench.chain.l1Position(batch.lastBlock))?.originNumber,
    });
    next = batch.lastBlock + 1;
  }
  expect(bench.fatal).toEqual([]);
});

test("blocks without transactions wait for one with: no empty batch is posted", async () => {
  const before = (await bench.chain.lastBatch())?.number ?? 0;
  let clock = 0;
  const subject = createBatchSealer({
    chain: bench.chain,
    messagePasserRoot,
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

test("after a rollback the batches that L1 has not are sealed anew", async () => {
  const subject = sealer(1e9);
  await subject.start();
  await subject.sealNow();
  const before = await bench.chain.lastBatch();
  const head = (await bench.chain.head())?.number ?? 0;
  subject.blockAppended(await bench.appendBlock(2));
  subject.blockAppended(await bench.appendBlock(2));
  await subject.sealNow();
  expect((await bench.chain.lastBatch())?.number).toBe((before?.number ?? 0) + 1);
  await truncateAfter(bench.sql, head + 1);
  await subject.rolledBack(head + 1);
  expect(await bench.chain.lastBatch()).toEqual(before);
  await subject.sealNow();
  await subject.stop();
  expect(await bench.chain.lastBatch()).toMatchObject({ firstBlock: head + 1, lastBlock: head + 1 });
});

test("while the chain goes back nothing is sealed, and afterwards only what is left", async () => {
  const head = (await bench.chain.head())?.number ?? 0;
  const subject = sealer(1e9);
  await subject.start();
  await subject.sealNow();
  const before = await bench.chain.lastBatch();
  for (let i = 0; i < 3; i++) subject.blockAppended(await bench.appendBlock(2));
  const refused = subject.whileGoingBack(() => Promise.reject(new TypeError("not now")));
  await expect(refused).rejects.toThrow("not now");
  let sealing: Promise<void> | undefined;
  await subject.whileGoingBack(async () => {
    sealing = subject.sealNow();
    await truncateAfter(bench.sql, head + 1);
  });
  await sealing;
  expect(await bench.chain.lastBatch()).toEqual(before);
  await subject.rolledBack(head + 1);
  await subject.sealNow();
  await subject.stop();
  expect(await bench.chain.lastBatch()).toMatchObject({ firstBlock: head + 1, lastBlock: head + 1 });
  expect(bench.fatal).toEqual([]);
});

test("a block that no batch can carry stops sealing loudly instead of being tried for ever", async () => {
  const fatal: string[] = [];
  const subject = createBatchSealer({
    chain: bench.chain,
    messagePasserRoot,
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
