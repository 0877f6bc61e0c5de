import type { Sql } from "postgres";
import { InvariantError } from "../../protocol/index.ts";
import { guarded } from "./chainStoreError.ts";
import { toBytes } from "./rows.ts";
import type { L1Message, L1Position } from "./types.ts";

/** Of a block that knows nothing of L1. */
export const NO_L1_POSITION: L1Position = {
  originNumber: 0,
  originHash: new Uint8Array(32),
  sequenceNumber: 0,
  messagesConsumed: 0,
  transactionsFromL1: 0,
};

interface PositionRow {
  l1_origin_number: string;
  l1_origin_hash: Buffer;
  l1_sequence_number: string;
  l1_messages_consumed: string;
  l1_transactions: number;
}

export interface MessageRow {
  index: string;
  kind: "deposit" | "forced";
  l1_block: string;
  transaction_hash: Buffer;
  log_index: number;
  sender: Buffer;
  payload: Buffer;
  message_hash: Buffer;
  rolling_hash: Buffer;
}

export function l1Position(sql: Sql, blockNumber: number): Promise<L1Position | undefined> {
  return guarded(`read L1 position of block ${blockNumber}`, async () => {
    const [row] = await sql<PositionRow[]>`
      select l1_origin_number, l1_origin_hash, l1_sequence_number, l1_messages_consumed, l1_transactions
      from blocks where number = ${blockNumber}`;
    return (
      row && {
        originNumber: Number(row.l1_origin_number),
        originHash: toBytes(row.l1_origin_hash),
        sequenceNumber: Number(row.l1_sequence_number),
        messagesConsumed: Number(row.l1_messages_consumed),
        transactionsFromL1: row.l1_transactions,
      }
    );
  });
}

export function rollingHash(sql: Sql, count: number): Promise<Uint8Array> {
  return guarded(`read rolling hash of ${count} messages`, async () => {
    if (count === 0) return new Uint8Array(32);
    const [row] = await sql<{ rolling_hash: Buffer }[]>`
      select rolling_hash from l1_messages where index = ${count - 1}`;
    if (row === undefined) throw new InvariantError(`message ${count - 1} of L1's queue is not stored`);
    return toBytes(row.rolling_hash);
  });
}

export function l1Messages(sql: Sql, from: number, to: number): Promise<L1Message[]> {
  return guarded(`read messages ${from} to ${to}`, async () => {
    const rows = await sql<MessageRow[]>`
      select * from l1_messages where index >= ${from} and index < ${to} order by index`;
    return rows.map(toMessage);
  });
}

export function toMessage(row: MessageRow): L1Message {
  return {
    index: Number(row.index),
    kind: row.kind,
    l1Block: Number(row.l1_block),
    transactionHash: toBytes(row.transaction_hash),
    logIndex: row.log_index,
    sender: toBytes(row.sender),
    payload: toBytes(row.payload),
    messageHash: toBytes(row.message_hash),
    rollingHash: toBytes(row.rolling_hash),
  };
}
