import type { Sql } from "postgres";
import {
  type Block,
  type BlockHeader,
  type BlockRef,
  decodeStateDiff,
  decodeTransaction,
  type Log,
  type StateDiff,
} from "../../protocol/index.ts";
import { guarded } from "./chainStoreError.ts";
import {
  type BlockRow,
  type LogRow,
  type TransactionRow,
  toBytes,
  toHeader,
  toLog,
  toReceipt,
} from "./rows.ts";

/** Bounds the memory that recovery takes: a page holds at most this many diffs. */
const DIFFS_PER_PAGE = 64;

export function headRef(sql: Sql): Promise<BlockRef | undefined> {
  return guarded("read head", async () => {
    const [row] = await sql<BlockRow[]>`select number, hash from blocks order by number desc limit 1`;
    return row && { number: Number(row.number), hash: toBytes(row.hash) };
  });
}

export function blockByNumber(sql: Sql, number: number): Promise<Block | undefined> {
  return guarded(`read block ${number}`, async () => {
    const [row] = await sql<BlockRow[]>`select * from blocks where number = ${number}`;
    return row && (await readBody(sql, row));
  });
}

export function blockByHash(sql: Sql, hash: Uint8Array): Promise<Block | undefined> {
  return guarded("read block by hash", async () => {
    const [row] = await sql<BlockRow[]>`select * from blocks where hash = ${hash}`;
    return row && (await readBody(sql, row));
  });
}

export function headerByNumber(
  sql: Sql,
  number: number,
): Promise<{ header: BlockHeader; hash: Uint8Array } | undefined> {
  return guarded(`read header ${number}`, async () => {
    const [row] = await sql<BlockRow[]>`select * from blocks where number = ${number}`;
    return row && { header: toHeader(row), hash: toBytes(row.hash) };
  });
}

/** After the block's row, never beside it: once the row is visible, so is all that was written with it. */
async function readBody(sql: Sql, row: BlockRow): Promise<Block> {
  const [transactionRows, logRows] = await Promise.all([
    sql<TransactionRow[]>`select * from transactions where block_number = ${row.number} order by index`,
    sql<LogRow[]>`select * from logs where block_number = ${row.number} order by log_index`,
  ]);
  const logs: Log[] = logRows.map(toLog);
  return {
    header: toHeader(row),
    hash: toBytes(row.hash),
    size: row.size,
    transactions: transactionRows.map(({ raw, sender }) =>
      decodeTransaction(raw, { sender: toBytes(sender), deposits: true }),
    ),
    receipts: transactionRows.map((transaction) => {
      const first = transaction.first_log_index;
      return toReceipt(transaction, logs.slice(first, first + transaction.log_count));
    }),
  };
}

/** Blocks after `number` in order. Pages start behind the last block read, so a growing chain is followed to its end. */
export async function* diffsAfter(
  sql: Sql,
  number: number,
): AsyncGenerator<{ header: BlockHeader; hash: Uint8Array; diff: StateDiff }> {
  for (let last = number; ; ) {
    const rows = await guarded(
      "read state diffs",
      () => sql<(BlockRow & { diff: Buffer })[]>`
        select blocks.*, state_diffs.diff
        from blocks join state_diffs on state_diffs.block_number = blocks.number
        where blocks.number > ${last} order by blocks.number limit ${DIFFS_PER_PAGE}`,
    );
    for (const row of rows) {
      yield { header: toHeader(row), hash: toBytes(row.hash), diff: decodeStateDiff(row.diff) };
      last = Number(row.number);
    }
    if (rows.length < DIFFS_PER_PAGE) return;
  }
}
