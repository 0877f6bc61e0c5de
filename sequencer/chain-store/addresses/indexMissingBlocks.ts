import type { Sql, TransactionSql } from "postgres";
import {
  type AccountInBlock,
  accountsOfTransactions,
  decodeTransaction,
  encodeIndices,
} from "../../../protocol/index.ts";
import { byteaArray, numberArray } from "../byteaArray.ts";
import { ChainStoreError, guarded } from "../chainStoreError.ts";
import { decodeExecutions } from "../executions/executionsCodec.ts";
import { toBytes } from "../rows.ts";

/** Any fixed number that no other advisory lock on this database uses. */
const ADVISORY_LOCK = 0x6163636f756e74;
/** Few, so that a call keeps near its time. */
const BLOCKS_AT_ONCE = 10;
/** Blocks that are counted to say how many are left. */
const MOST_COUNTED = 100_000;
/** What one search spends on it at most before it answers that the index is not ready. */
const BUDGET_MS = 2000;

/**
 * Adds blocks to the account index that were appended without it. Any number of processes may call it: they take turns,
 * in transactions of a few blocks. Throws ACCOUNT_INDEX_BEHIND, retryable, when there is more to do than a call's time.
 */
export function indexMissingBlocks(sql: Sql, budgetMs: number = BUDGET_MS): Promise<void> {
  return guarded("index accounts", async () => {
    const deadline = performance.now() + budgetMs;
    for (;;) {
      const [missing] = await sql<{ count: string }[]>`
        select count(*) from (select from blocks where not accounts_indexed limit ${MOST_COUNTED}) missing`;
      const left = Number(missing?.count ?? 0);
      if (left === 0) return;
      if (performance.now() > deadline) throw behind(left);
      await sql.begin((transaction) => indexSome(transaction));
    }
  });
}

function behind(left: number): ChainStoreError {
  return new ChainStoreError(
    "ACCOUNT_INDEX_BEHIND",
    `the account index is being built: ${left} blocks are left, ask again`,
    { retryable: true, hint: "Every call goes on where the one before stopped." },
  );
}

async function indexSome(sql: TransactionSql): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`;
  const blocks = await sql<{ number: string; executions: Buffer | null }[]>`
    select blocks.number, block_executions.executions
    from blocks left join block_executions on block_executions.block_number = blocks.number
    where not accounts_indexed order by blocks.number limit ${BLOCKS_AT_ONCE}`;
  const rows: (AccountInBlock & { blockNumber: number })[] = [];
  for (const { number, executions } of blocks) {
    const blockNumber = Number(number);
    for (const account of await accountsOf(sql, blockNumber, executions))
      rows.push({ ...account, blockNumber });
  }
  // In the order of the table's key: its pages are then written once and not once an account.
  rows.sort((a, b) => Buffer.compare(a.address, b.address));
  await sql`
    insert into account_transactions (block_number, address, indices) select * from unnest(
      ${numberArray(rows, ({ blockNumber }) => blockNumber)}::bigint[],
      ${byteaArray(rows, ({ address }) => address)}::bytea[],
      ${byteaArray(rows, ({ indices }) => encodeIndices(indices))}::bytea[])`;
  await sql`
    update blocks set accounts_indexed = true
    where number = any(${numberArray(blocks, ({ number }) => Number(number))}::bigint[])`;
}

async function accountsOf(sql: TransactionSql, blockNumber: number, executions: Buffer | null) {
  const transactions = await sql<{ raw: Buffer; sender: Buffer; contract_address: Buffer | null }[]>`
    select raw, sender, contract_address from transactions where block_number = ${blockNumber} order by index`;
  const logs = await sql<{ transaction_index: number; address: Buffer }[]>`
    select distinct transaction_index, address from logs where block_number = ${blockNumber}`;
  const emitters = transactions.map((): Uint8Array[] => []);
  for (const { transaction_index, address } of logs) emitters[transaction_index]?.push(toBytes(address));
  const ran = executions === null ? [] : await decodeExecutions(executions);
  return accountsOfTransactions(
    transactions.map(({ raw, sender, contract_address }, index) => ({
      sender: toBytes(sender),
      to: decodeTransaction(raw, { sender: toBytes(sender), deposits: true }).to,
      contractAddress: contract_address === null ? undefined : toBytes(contract_address),
      emitters: emitters[index] ?? [],
      touched: ran[index]?.touched ?? [],
    })),
  );
}
