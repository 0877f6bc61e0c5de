import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ExecutedBlock } from "../../../executor/index.ts";
import { createSql, type Sql } from "../../../infra/index.ts";
import { migrate } from "../../../migrations/index.ts";
import { decodeIndices, encodeIndices } from "../../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../../test/support/stack.ts";
import { createChainStore } from "../createChainStore.ts";
import { addressOf, generatedBlock, hashOf, type Outcome } from "../testing/generatedChain.ts";
import { truncateAfter } from "../truncate.ts";
import type { AccountQuery } from "../types.ts";
import { indexMissingBlocks } from "./indexMissingBlocks.ts";
import { searchAccount } from "./searchAccount.ts";

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

/** Few accounts, so that most are touched in many blocks, and several times in one. */
const account = (n: number) => addressOf("account", n);

/** A block in which what `plan` says, account by transaction, is touched by execution or logs. */
function block(parent: ExecutedBlock | undefined, plan: number[][]): ExecutedBlock {
  const outcomes = plan.map(
    (accounts, index): Outcome => ({
      logs: accounts
        .filter((one) => one % 2 === 0)
        .map((one) => ({ address: account(one), topics: [hashOf("t")], data: new Uint8Array(2) })),
      creates: index % 3 === 2,
      status: 1,
    }),
  );
  const made = generatedBlock(parent, outcomes);
  made.report.transactions = plan.map((accounts) => ({
    lane: 0,
    runs: 1,
    conflict: undefined,
    footprint: "implied",
    declared: "absent",
    touched: accounts
      .filter((one) => one % 2 === 1)
      .map((one) => ({ address: account(one), storageKeys: [hashOf("slot", one)] })),
  }));
  return made;
}

function chain(plans: number[][][]): ExecutedBlock[] {
  const made: ExecutedBlock[] = [];
  for (const plan of [[], ...plans]) made.push(block(made.at(-1), plan));
  return made;
}

const plans = fc.array(
  fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), { maxLength: 6 }),
  { minLength: 100, maxLength: 100 },
);
const query: fc.Arbitrary<AccountQuery> = fc.record({
  address: fc.integer({ min: 0, max: 6 }).map(account),
  direction: fc.constantFrom<AccountQuery["direction"]>("before", "after"),
  block: fc.option(fc.integer({ min: 0, max: 103 }), { nil: undefined }),
  limit: fc.integer({ min: 0, max: 200 }),
});

test.each([
  ["as blocks are written", () => true],
  ["when first asked for", () => false],
  ["now so, now so", (number: number) => number % 3 === 0],
])("finds exactly what a scan of the chain finds, indexed %s", async (_, indexed) => {
  const [plan] = fc.sample(plans, { numRuns: 1, seed: 5 });
  const executed = chain(plan ?? []);
  for (const [number, one] of executed.entries()) {
    await createChainStore(sql, { indexAccounts: indexed(number) }).appendBlock(one);
  }
  const blocks = executed.map((one) => one.block);
  const executions = (number: number) => executed[number]?.report.transactions;
  const store = createChainStore(sql);
  const busy = blocks.find(({ header, transactions }) => header.number > 50 && transactions.length > 0);
  let found = 0;
  await fc.assert(
    fc.asyncProperty(query, async (wanted) => {
      const history = await store.accountTransactions(wanted);
      found += history.blocks.length;
      expect(history).toEqual(searchAccount(blocks, wanted, executions));
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(500);
  const once = await store.accountTransactions({
    address: busy?.transactions[0]?.sender ?? account(0),
    direction: "before",
    block: undefined,
    limit: 9,
  });
  expect(once).toEqual({
    blocks: [{ blockNumber: busy?.header.number, indices: [0] }],
    more: false,
  });
});

test("processes that index at once do the work once; one that runs out of time goes on with the next call", async () => {
  const executed = chain(Array.from({ length: 120 }, () => [[1, 2], [3]]));
  for (const one of executed) await createChainStore(sql).appendBlock(one);
  await expect(indexMissingBlocks(sql, -1)).rejects.toMatchObject({
    code: "ACCOUNT_INDEX_BEHIND",
    retryable: true,
    message: expect.stringContaining("121 blocks are left"),
  });
  await Promise.all([1, 2, 3].map(() => indexMissingBlocks(sql)));
  await expect(indexMissingBlocks(sql, -1)).resolves.toBeUndefined();
  const history = await createChainStore(sql).accountTransactions({
    address: account(3),
    direction: "after",
    block: undefined,
    limit: 1000,
  });
  expect(history.blocks).toHaveLength(120);
});

test("blocks that were taken back leave nothing in the index", async () => {
  const executed = chain([[[1]], [[1]], [[1]]]);
  for (const one of executed) await createChainStore(sql, { indexAccounts: true }).appendBlock(one);
  await truncateAfter(sql, 1);
  const history = await createChainStore(sql).accountTransactions({
    address: account(1),
    direction: "before",
    block: undefined,
    limit: 10,
  });
  expect(history.blocks.map(({ blockNumber }) => blockNumber)).toEqual([1]);
  await createChainStore(sql, { indexAccounts: true }).appendBlock(block(executed[1], [[1], [1]]));
});

test("places are stored and read back", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 100_000 }), { maxLength: 50 }), (places) => {
      const ascending = places.toSorted((a, b) => a - b);
      expect(decodeIndices(encodeIndices(ascending))).toEqual(ascending);
    }),
  );
});
