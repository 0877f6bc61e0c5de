import type { Sql } from "postgres";
import { bytesEqual, InvariantError } from "../../protocol/index.ts";
import { guarded } from "./chainStoreError.ts";
import { toBytes } from "./rows.ts";
import type { BatchRecord, BatchStatus } from "./types.ts";

interface BatchRow {
  number: number;
  first_block: string;
  last_block: string;
  data: Buffer;
  hash: Buffer;
  previous_hash: Buffer;
  post_state_root: Buffer;
  status: BatchStatus;
  l1_transaction_hash: Buffer | null;
  l1_block_number: string | null;
}

/** What the outbox calls the work of bringing a batch to L1. */
const POST_BATCH = "post-batch";

/**
 * Writes the batch and its job in one statement. The tables' constraints refuse one that does not follow the last
 * (InvariantError). As with blocks, appending the last batch again does nothing.
 */
export async function appendBatch(sql: Sql, batch: BatchRecord): Promise<void> {
  try {
    await guarded(`append batch ${batch.number}`, () => insertBatch(sql, batch));
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    const last = await lastBatch(sql);
    if (last?.number !== batch.number || !bytesEqual(last.hash, batch.hash)) throw error;
  }
}

async function insertBatch(sql: Sql, batch: BatchRecord): Promise<void> {
  const done = batch.status !== "sealed";
  await sql`
    with batch as (
      insert into batches (number, first_block, last_block, data, hash, previous_hash, post_state_root, status,
        l1_transaction_hash, l1_block_number)
      values (${batch.number}, ${batch.firstBlock}, ${batch.lastBlock}, ${batch.data}, ${batch.hash},
        ${batch.previousHash}, ${batch.postStateRoot}, ${batch.status}, ${batch.l1TransactionHash ?? null},
        ${batch.l1BlockNumber ?? null})
      returning number
    )
    insert into jobs (kind, payload, state, done_at)
    select ${POST_BATCH}, jsonb_build_object('batch', number), ${done ? "done" : "pending"},
      ${done ? sql`now()` : null}
    from batch`;
}

export function lastBatch(sql: Sql): Promise<BatchRecord | undefined> {
  return guarded("read last batch", async () =>
    firstBatch(await sql<BatchRow[]>`select * from batches order by number desc limit 1`),
  );
}

export function batchByNumber(sql: Sql, number: number): Promise<BatchRecord | undefined> {
  return guarded(`read batch ${number}`, async () =>
    firstBatch(await sql<BatchRow[]>`select * from batches where number = ${number}`),
  );
}

export function batchOfBlock(sql: Sql, blockNumber: number): Promise<BatchRecord | undefined> {
  return guarded(`read batch of block ${blockNumber}`, async () => {
    const batch = firstBatch(
      await sql<BatchRow[]>`
        select * from batches where last_block >= ${blockNumber} order by last_block limit 1`,
    );
    return batch === undefined || batch.firstBlock > blockNumber ? undefined : batch;
  });
}

/** Sealed and not yet on L1, oldest first. */
export function unpostedBatches(sql: Sql): Promise<BatchRecord[]> {
  return guarded("read unposted batches", async () => {
    const rows = await sql<BatchRow[]>`select * from batches where status = 'sealed' order by number`;
    return rows.map(toBatch);
  });
}

/** Also when it is committed already: after a reorganization L1 may hold it elsewhere. */
export async function markBatchCommitted(
  sql: Sql,
  number: number,
  l1: { transactionHash: Uint8Array; blockNumber: number },
): Promise<void> {
  const marked = await guarded(
    `mark batch ${number} committed`,
    () => sql`
      with marked as (
        update batches set status = 'committed', l1_transaction_hash = ${l1.transactionHash},
          l1_block_number = ${l1.blockNumber}
        where number = ${number} and status in ('sealed', 'committed')
        returning number
      ), job as (
        update jobs set state = 'done', done_at = now()
        from marked
        where kind = ${POST_BATCH} and payload ->> 'batch' = marked.number::text and state = 'pending'
      )
      select number from marked`,
  );
  if (marked.length === 0) throw new InvariantError(`batch ${number} is not there to be committed`);
}

/** L1 lost it: its job is pending again. A finalized batch cannot be lost (InvariantError). */
export async function markBatchSealed(sql: Sql, number: number): Promise<void> {
  const marked = await guarded(
    `mark batch ${number} sealed`,
    () => sql`
      with marked as (
        update batches set status = 'sealed', l1_transaction_hash = null, l1_block_number = null
        where number = ${number} and status <> 'finalized'
        returning number
      ), job as (
        update jobs set state = 'pending', done_at = null
        from marked
        where kind = ${POST_BATCH} and payload ->> 'batch' = marked.number::text
      )
      select number from marked`,
  );
  if (marked.length === 0) throw new InvariantError(`batch ${number} is not there to be sealed again`);
}

/** Ends before the first batch that L1 lacks, whatever came after it: L1 takes batches in order. */
export function safeBlock(sql: Sql): Promise<number> {
  return guarded("read safe block", async () => {
    const [row] = await sql<{ last_block: string }[]>`
      select last_block from batches
      where number < coalesce((select min(number) from batches where status = 'sealed'), 2147483647)
      order by number desc limit 1`;
    return row === undefined ? 0 : Number(row.last_block);
  });
}

function firstBatch(rows: BatchRow[]): BatchRecord | undefined {
  const row = rows[0];
  return row && toBatch(row);
}

function toBatch(row: BatchRow): BatchRecord {
  return {
    number: row.number,
    firstBlock: Number(row.first_block),
    lastBlock: Number(row.last_block),
    data: toBytes(row.data),
    hash: toBytes(row.hash),
    previousHash: toBytes(row.previous_hash),
    postStateRoot: toBytes(row.post_state_root),
    status: row.status,
    l1TransactionHash: row.l1_transaction_hash === null ? undefined : toBytes(row.l1_transaction_hash),
    l1BlockNumber: row.l1_block_number === null ? undefined : Number(row.l1_block_number),
  };
}
