import type { Sql } from "postgres";
import { byteaArray, numberArray } from "./byteaArray.ts";
import { guarded } from "./chainStoreError.ts";
import { type MessageRow, toMessage } from "./l1Positions.ts";
import { toBytes } from "./rows.ts";
import type { L1BlockRecord, L1Message } from "./types.ts";

/** L1 as far as it is confirmed: what the watcher writes and block building reads. */
export interface L1Chain {
  /** The newest block that is stored; `atMost`: not after that number. */
  newest(atMost?: number): Promise<L1BlockRecord | undefined>;
  /** How many messages are stored, and the rolling hash of all of them. */
  queueEnd(): Promise<{ count: number; rollingHash: Uint8Array }>;
  /**
   * Messages from `from` on that were queued up to L1 block `l1Block`, in order, at most `limit` of them and no more
   * than `bytes` of payload, but one whatever its size.
   */
  pending(from: number, l1Block: number, most: { count: number; bytes: number }): Promise<L1Message[]>;
  /** In one transaction. Blocks ascending, the messages' blocks among them. */
  append(blocks: readonly L1BlockRecord[], messages: readonly L1Message[]): Promise<void>;
  /** Forgets blocks after `number` and their messages: L1 has others now. */
  forgetAfter(number: number): Promise<void>;
  /** The last L2 block whose L1 origin is not after `number`. */
  lastBlockOfOrigin(number: number): Promise<number>;
}

interface L1BlockRow {
  number: string;
  hash: Buffer;
  parent_hash: Buffer;
  timestamp: string;
  base_fee: string;
  blob_base_fee: string;
}

export function createL1Chain(sql: Sql): L1Chain {
  return {
    newest: (atMost) =>
      guarded("read newest L1 block", async () => {
        const [row] =
          atMost === undefined
            ? await sql<L1BlockRow[]>`select * from l1_blocks order by number desc limit 1`
            : await sql<L1BlockRow[]>`
                select * from l1_blocks where number <= ${atMost} order by number desc limit 1`;
        return row && toL1Block(row);
      }),
    queueEnd: () =>
      guarded("read end of L1's queue", async () => {
        const [row] = await sql<{ index: string; rolling_hash: Buffer }[]>`
          select index, rolling_hash from l1_messages order by index desc limit 1`;
        if (row === undefined) return { count: 0, rollingHash: new Uint8Array(32) };
        return { count: Number(row.index) + 1, rollingHash: toBytes(row.rolling_hash) };
      }),
    pending: (from, l1Block, { count, bytes }) =>
      guarded(`read messages from ${from}`, async () => {
        const rows = await sql<MessageRow[]>`
          select * from l1_messages where index >= ${from} and index < ${from} + (
            select greatest(1, count(*)) from (
              select sum(length(payload)) over (order by index) as so_far from (
                select index, payload from l1_messages
                where index >= ${from} and l1_block <= ${l1Block} order by index limit ${count}
              ) as next
            ) as sizes where so_far <= ${bytes}
          ) and l1_block <= ${l1Block}
          order by index`;
        return rows.map(toMessage);
      }),
    append: (blocks, messages) => guarded("store L1 blocks", () => insert(sql, blocks, messages)),
    forgetAfter: (number) =>
      guarded(`forget L1 after block ${number}`, async () => {
        await sql`delete from l1_blocks where number > ${number}`;
      }),
    lastBlockOfOrigin: (number) =>
      guarded(`read last block of L1 origin ${number}`, async () => {
        const [row] = await sql<{ number: string }[]>`
          select number from blocks where l1_origin_number <= ${number} order by number desc limit 1`;
        return Number(row?.number ?? 0);
      }),
  };
}

async function insert(
  sql: Sql,
  blocks: readonly L1BlockRecord[],
  messages: readonly L1Message[],
): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`
      insert into l1_blocks (number, hash, parent_hash, timestamp, base_fee, blob_base_fee)
      select * from unnest(
        ${numberArray(blocks, ({ number }) => number)}::bigint[],
        ${byteaArray(blocks, ({ hash }) => hash)}::bytea[],
        ${byteaArray(blocks, ({ parentHash }) => parentHash)}::bytea[],
        ${numberArray(blocks, ({ timestamp }) => timestamp)}::bigint[],
        ${numberArray(blocks, ({ baseFee }) => baseFee)}::numeric[],
        ${numberArray(blocks, ({ blobBaseFee }) => blobBaseFee)}::numeric[])`;
    if (messages.length === 0) return;
    await transaction`
      insert into l1_messages (index, kind, l1_block, transaction_hash, log_index, sender, payload, message_hash,
        rolling_hash)
      select * from unnest(
        ${numberArray(messages, ({ index }) => index)}::bigint[],
        ${messages.map(({ kind }) => kind)}::text[],
        ${numberArray(messages, ({ l1Block }) => l1Block)}::bigint[],
        ${byteaArray(messages, ({ transactionHash }) => transactionHash)}::bytea[],
        ${numberArray(messages, ({ logIndex }) => logIndex)}::int[],
        ${byteaArray(messages, ({ sender }) => sender)}::bytea[],
        ${byteaArray(messages, ({ payload }) => payload)}::bytea[],
        ${byteaArray(messages, ({ messageHash }) => messageHash)}::bytea[],
        ${byteaArray(messages, ({ rollingHash }) => rollingHash)}::bytea[])`;
  });
}

function toL1Block(row: L1BlockRow): L1BlockRecord {
  return {
    number: Number(row.number),
    hash: toBytes(row.hash),
    parentHash: toBytes(row.parent_hash),
    timestamp: Number(row.timestamp),
    baseFee: BigInt(row.base_fee),
    blobBaseFee: BigInt(row.blob_base_fee),
  };
}
