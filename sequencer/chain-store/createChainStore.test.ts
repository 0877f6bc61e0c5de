import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ExecutedBlock } from "../../executor/index.ts";
import { createSql, type Sql } from "../../infra/index.ts";
import { migrate } from "../../migrations/index.ts";
import { bytesEqual, bytesToHex, InvariantError, type Log } from "../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import type { BatchPosting, SealedBatch } from "./batchTypes.ts";
import { createChainStore } from "./createChainStore.ts";
import { addressOf, generatedBlock, hashOf, type Outcome } from "./testing/generatedChain.ts";
import type { LogFilter, MinedLog } from "./types.ts";

let stack: TestStack;
let sql: Sql;
beforeAll(async () => {
  stack = await startTestStack({ postgres: true });
  sql = await createSql(stack.databaseUrl);
  await migrate(sql);
});
afterAll(async () => {
  await sql?.end();
  await stack?.stop();
});
beforeEach(
  () =>
    sql`truncate blocks, transactions, logs, account_transactions, state_diffs, block_executions, rejections, batches cascade`,
);

const store = () => createChainStore(sql);
// Few values, so that filters hit, miss and overlap.
const address = fc.integer({ min: 0, max: 2 }).map((n) => addressOf("emitter", n));
const topic = fc.integer({ min: 0, max: 2 }).map((n) => hashOf("topic", n));
const log: fc.Arbitrary<Log> = fc.record({
  address,
  topics: fc.array(topic, { maxLength: 4 }),
  data: fc.uint8Array({ maxLength: 40 }),
});
const outcome: fc.Arbitrary<Outcome> = fc.record({
  logs: fc.array(log, { maxLength: 4 }),
  creates: fc.boolean(),
  status: fc.constantFrom<0 | 1>(0, 1),
});
const transfer: Outcome = { logs: [], creates: false, status: 1 };
const emitting: Outcome = {
  logs: [{ address: addressOf("a"), topics: [hashOf("t")], data: new Uint8Array(3) }],
  creates: true,
  status: 1,
};

function chain(blocks: Outcome[][]): ExecutedBlock[] {
  const executed: ExecutedBlock[] = [];
  for (const outcomes of [[], ...blocks]) executed.push(generatedBlock(executed.at(-1), outcomes));
  return executed;
}

async function append(executed: ExecutedBlock[]): Promise<void> {
  for (const block of executed) await store().appendBlock(block);
}

test("whatever a block holds is read back as it was", async () => {
  const [outcomes] = fc.sample(
    fc.array(fc.array(outcome, { maxLength: 8 }), { minLength: 4, maxLength: 4 }),
    {
      numRuns: 1,
      seed: 7,
    },
  );
  const executed = chain([...(outcomes ?? []), [emitting, transfer, emitting]]);
  await append(executed);
  const last = executed.at(-1)?.block;
  expect(await store().head()).toEqual({ number: 5, hash: last?.hash });
  for (const { block, report, accessList, skipped } of executed) {
    const { header, hash, transactions, receipts } = block;
    expect(await store().blockByNumber(header.number)).toEqual(block);
    expect(await store().blockByHash(hash)).toEqual(block);
    expect(await store().headerByNumber(header.number)).toEqual({ header, hash });
    let firstLogIndex = 0;
    for (const [index, transaction] of transactions.entries()) {
      const mined = {
        transaction,
        blockNumber: header.number,
        blockHash: hash,
        index,
        baseFeePerGas: header.baseFeePerGas,
        blockTimestamp: header.timestamp,
      };
      expect(await store().transactionByHash(transaction.hash)).toEqual(mined);
      const receipt = receipts[index];
      expect(await store().receiptByHash(transaction.hash)).toEqual({ ...mined, receipt, firstLogIndex });
      firstLogIndex += receipt?.logs.length ?? 0;
    }
    const [refused, later] = skipped;
    if (refused === undefined || later === undefined) throw new TypeError("the generated block refuses two");
    expect((await store().rejection(refused.transaction.hash))?.reason).toBe("nonce too low");
    expect(await store().rejection(later.transaction.hash)).toBeUndefined();
    expect(await store().blockExecution(header.number)).toEqual(report);
    expect(await store().blockAccessList(header.number)).toEqual(accessList);
  }
  const unknown = hashOf("unknown");
  expect(await store().blockByNumber(6)).toBeUndefined();
  expect(await store().blockByHash(unknown)).toBeUndefined();
  expect(await store().transactionByHash(unknown)).toBeUndefined();
  expect(await store().receiptByHash(unknown)).toBeUndefined();
  expect(await store().blockExecution(6)).toBeUndefined();
  expect(await store().blockAccessList(6)).toBeUndefined();
});

test("contended locations come by block, without those that had none", async () => {
  const executed = chain(Array.from({ length: 9 }, () => [transfer]));
  await append(executed);
  const found = await store().contendedLocations({ fromBlock: 2, toBlock: 7 });
  expect(found.map(({ blockNumber }) => blockNumber)).toEqual([2, 3, 5, 6, 7]);
  for (const { blockNumber, contended } of found) {
    expect(contended).toEqual(executed[blockNumber]?.report.contended);
  }
});

test("a block that was stored before reports were kept has none, and is served", async () => {
  const executed = chain([[transfer]]);
  await append(executed);
  await sql`delete from block_executions where block_number = 1`;
  await sql`insert into block_executions (block_number) values (1)`;
  expect(await store().blockByNumber(1)).toEqual(executed[1]?.block);
  expect(await store().blockExecution(1)).toBeUndefined();
  expect(await store().blockAccessList(1)).toBeUndefined();
  expect(await store().contendedLocations({ fromBlock: 0, toBlock: 9 })).toEqual([]);
  await expect(sql`update block_executions set lanes = 1 where block_number = 1`).rejects.toThrow(
    "block_executions_whole",
  );
});

test("only the child of the head is appended; the head itself again does nothing", async () => {
  expect(await store().head()).toBeUndefined();
  const executed = chain([[transfer], [transfer], [transfer]]);
  const [genesis, first, second, third] = executed;
  if (!genesis || !first || !second || !third) throw new TypeError("four blocks were made");
  await expect(store().appendBlock(first)).rejects.toThrow(InvariantError);
  await append([genesis, first]);
  await store().appendBlock(first);
  await expect(store().appendBlock(third)).rejects.toThrow("does not follow the head");
  await expect(store().appendBlock(generatedBlock(genesis, [transfer], "fork"))).rejects.toThrow(
    InvariantError,
  );
  await expect(store().appendBlock(genesis)).rejects.toThrow(InvariantError);
  await append([second, third]);
  expect((await store().head())?.number).toBe(3);
});

test("an append that fails at its last row leaves nothing", async () => {
  const [genesis, first] = chain([[emitting, transfer]]);
  if (!genesis || !first) throw new TypeError("two blocks were made");
  await append([genesis, first]);
  const next = generatedBlock(first, [emitting, emitting]);
  const mined = first.block.transactions[1];
  const fresh = next.block.transactions[0];
  if (mined === undefined || fresh === undefined) throw new TypeError("both blocks have transactions");
  next.block.transactions[1] = mined;
  await expect(store().appendBlock(next)).rejects.toThrow("a transaction of the block is mined already");
  expect((await store().head())?.number).toBe(1);
  for (const table of ["blocks", "transactions", "logs", "state_diffs", "block_executions"]) {
    const column = table === "blocks" ? "number" : "block_number";
    expect(await sql`select 1 from ${sql(table)} where ${sql(column)} > 1`).toHaveLength(0);
  }
  expect(await store().transactionByHash(fresh.hash)).toBeUndefined();
  expect(await store().rejection(next.skipped[0]?.transaction.hash ?? fresh.hash)).toBeUndefined();
});

test("logs equal a naive filter over the chain", async () => {
  const [outcomes] = fc.sample(
    fc.array(fc.array(outcome, { maxLength: 5 }), { minLength: 8, maxLength: 8 }),
    {
      numRuns: 1,
      seed: 11,
    },
  );
  const executed = chain(outcomes ?? []);
  await append(executed);
  const filter: fc.Arbitrary<LogFilter> = fc.record({
    fromBlock: fc.integer({ min: 0, max: 9 }),
    toBlock: fc.integer({ min: 0, max: 9 }),
    addresses: fc.array(address, { maxLength: 2 }),
    topics: fc.array(fc.array(topic, { maxLength: 2 }), { maxLength: 5 }),
    limit: fc.constant(10_000),
  });
  let matched = 0;
  await fc.assert(
    fc.asyncProperty(filter, async (wanted) => {
      const found = await store().logs(wanted);
      matched += found.length;
      expect(found).toEqual(naiveLogs(executed, wanted));
    }),
    { numRuns: 200 },
  );
  expect(matched).toBeGreaterThan(100);
  const all = { fromBlock: 0, toBlock: 9, addresses: [], topics: [] };
  const count = naiveLogs(executed, { ...all, limit: 0 }).length;
  expect(await store().logs({ ...all, limit: count })).toHaveLength(count);
  await expect(store().logs({ ...all, limit: count - 1 })).rejects.toMatchObject({
    code: "LOG_LIMIT_EXCEEDED",
  });
  const beyond = naiveLogs(executed, { ...all, limit: 0 })[20]?.blockNumber ?? 0;
  expect(beyond).toBeGreaterThan(1);
  const suggested = `Try with this block range [0x0, 0x${(beyond - 1).toString(16)}].`;
  await expect(store().logs({ ...all, limit: 20 })).rejects.toThrow(suggested);
  await expect(store().logs({ ...all, toBlock: beyond - 1, limit: 20 })).resolves.toBeDefined();
});

function naiveLogs(executed: ExecutedBlock[], filter: LogFilter): MinedLog[] {
  const found: MinedLog[] = [];
  const isAmong = (values: Uint8Array[], value: Uint8Array | undefined) =>
    value !== undefined && (values.length === 0 || values.some((one) => bytesEqual(one, value)));
  for (const { block } of executed) {
    let logIndex = -1;
    for (const [transactionIndex, { logs }] of block.receipts.entries()) {
      for (const log of logs) {
        logIndex++;
        const { number, timestamp } = block.header;
        if (number < filter.fromBlock || number > filter.toBlock || !isAmong(filter.addresses, log.address))
          continue;
        if (!filter.topics.every((values, position) => isAmong(values, log.topics[position]))) continue;
        found.push({
          log,
          blockNumber: number,
          blockHash: block.hash,
          blockTimestamp: timestamp,
          transactionHash: block.transactions[transactionIndex]?.hash ?? new Uint8Array(),
          transactionIndex,
          logIndex,
        });
      }
    }
  }
  return found;
}

test("thousands of hashes are looked up at once", async () => {
  const executed = chain([new Array(50).fill(transfer)]);
  await append(executed);
  const mined = executed[1]?.block.transactions.map(({ hash }) => hash) ?? [];
  const unknown = Array.from({ length: 5000 }, (_, i) => hashOf("unknown", i));
  expect(await store().minedAmong([...unknown, ...mined])).toEqual(new Set(mined.map(bytesToHex)));
  expect(await store().minedAmong([])).toEqual(new Set());
});

test("diffs come in order across pages", async () => {
  const executed = chain(Array.from({ length: 150 }, () => [transfer]));
  await append(executed);
  const read = [];
  for await (const entry of store().diffsAfter(9)) read.push(entry);
  expect(read.map(({ header }) => header.number)).toEqual(Array.from({ length: 141 }, (_, i) => 10 + i));
  expect(read).toEqual(
    executed
      .slice(10)
      .map(({ block, stateDiff }) => ({ header: block.header, hash: block.hash, diff: stateDiff })),
  );
});

test("the last reason of a rejection counts", async () => {
  const [hash, sender] = [hashOf("h"), addressOf("s")];
  await store().recordRejections([]);
  await store().recordRejections([
    { hash, sender, reason: "nonce too low" },
    { hash, sender, reason: "nonce too low" },
  ]);
  await store().recordRejections([{ hash, sender, reason: 'insufficient funds, {"quoted"}' }]);
  const found = await store().rejection(hash);
  expect(found?.reason).toBe('insufficient funds, {"quoted"}');
  expect(found?.at).toBeInstanceOf(Date);
});

function batch(number: number, firstBlock: number, lastBlock: number): SealedBatch {
  return {
    number,
    firstBlock,
    lastBlock,
    data: new Uint8Array([1, 2, number]),
    postStateRoot: hashOf("root", number),
    lastBlockHash: hashOf("block", lastBlock),
    outputRoot: hashOf("output", number),
    l1OriginNumber: 70 + number,
    l1OriginHash: hashOf("origin", number),
    messagesConsumed: number,
    rollingHash: hashOf("rolling", number),
  };
}

const posting = (number: number, blobs?: number): BatchPosting => ({
  kind: blobs === undefined ? "calldata" : "blobs",
  blobHashes:
    blobs === undefined ? undefined : Array.from({ length: blobs }, (_, i) => hashOf("blob", number, i)),
  previousHash: hashOf("batch", number - 1),
  hash: hashOf("batch", number),
});

test("a batch is sealed, committed, proven, final; and L1 may lose each of these", async () => {
  await append(chain([[], [], [], [], []]));
  expect(await store().lastBatch()).toBeUndefined();
  expect(await store().safeBlock()).toBe(0);
  const [first, second] = [batch(1, 1, 2), batch(2, 3, 4)];
  await store().appendBatch(first);
  await store().appendBatch(second);
  await store().appendBatch(second);
  await expect(store().appendBatch(batch(3, 6, 6))).rejects.toMatchObject({ code: expect.any(String) });
  await expect(store().appendBatch(batch(4, 5, 5))).rejects.toThrow("does not follow the last one");
  const { data, ...fields } = second;
  expect(await store().batchByNumber(2)).toMatchObject({ ...fields, status: "sealed", size: 3 });
  expect(await store().batchData(2)).toEqual(data);
  expect((await store().batchOfBlock(2))?.number).toBe(1);
  expect(await store().batchOfBlock(0)).toBeUndefined();
  expect(await store().batchOfBlock(5)).toBeUndefined();
  expect(await store().countUnposted()).toBe(2);

  const place = { transactionHash: hashOf("l1"), blockNumber: 77 };
  await store().setBatchPosting(1, posting(1));
  await store().markBatchCommitted(1, posting(1), place);
  await expect(store().setBatchPosting(1, posting(1, 2))).rejects.toThrow(InvariantError);
  await store().markBatchCommitted(2, posting(2, 3), place);
  expect(await store().lastBatch()).toMatchObject({ posting: posting(2, 3), commit: place });
  await expect(store().markBatchFinalized(1, place)).rejects.toThrow(InvariantError);
  await store().markBatchProven(1, { ...place, timestamp: 1_000 });
  await store().markBatchProven(2, { ...place, timestamp: 2_000 });
  await store().markBatchFinalized(1, place);
  expect([await store().safeBlock(), await store().finalizedBlock()]).toEqual([4, 2]);
  expect((await store().batchesIn(["proven", "finalized"], 5)).map(({ number }) => number)).toEqual([1, 2]);

  expect(await store().markBatchesUnfinalized(1)).toBe(1);
  expect(await store().markBatchesUnproven(2)).toBe(1);
  expect(await store().lastBatch()).toMatchObject({ status: "committed", proof: undefined });
  expect(await store().markBatchesSealed(2)).toBe(1);
  expect(await store().lastBatch()).toMatchObject({
    status: "sealed",
    posting: undefined,
    commit: undefined,
  });
  expect([await store().safeBlock(), await store().finalizedBlock()]).toEqual([2, 0]);
  await expect(store().markBatchCommitted(9, posting(9), place)).rejects.toThrow(InvariantError);
});

test("what provers say belongs to a batch as L1 names it", async () => {
  await append(chain([[], []]));
  await store().appendBatch(batch(1, 1, 2));
  const { hash } = posting(1);
  const proof = (label: string) => ({
    signer: addressOf(label),
    publicInputs: hashOf("inputs"),
    signature: new Uint8Array(65).fill(7),
  });
  await store().addBatchProof(1, hash, proof("b"));
  await store().addBatchProof(1, hash, proof("a"));
  await store().addBatchProof(1, hash, proof("a"));
  expect(await store().batchProofs(1, hash)).toHaveLength(2);
  expect(await store().batchProofs(1, hashOf("other"))).toEqual([]);
  await store().addBatchRefusal(1, hash, { field: "postStateRoot", claimed: "0x1", found: "0x2" });
  expect(await store().firstRefusal()).toBeUndefined();
  const place = { transactionHash: hashOf("l1"), blockNumber: 77 };
  await store().markBatchCommitted(1, posting(1), place);
  expect(await store().firstRefusal()).toMatchObject({ number: 1, refusal: { field: "postStateRoot" } });
});

test("a lost connection is a retryable error", async () => {
  const closed = await createSql(stack.databaseUrl, { max: 1 });
  await closed.end();
  await expect(createChainStore(closed).head()).rejects.toMatchObject({
    code: "CHAIN_STORE_UNAVAILABLE",
    retryable: true,
  });
});
