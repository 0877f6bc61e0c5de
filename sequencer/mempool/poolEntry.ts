import { DecodeError, decodeTransaction, type Transaction } from "../../protocol/index.ts";
import { splitCondition, type TransactionCondition } from "./transactionCondition.ts";

/** A transaction as the pool holds it. */
export interface PoolEntry {
  transaction: Transaction;
  /** Order of arrival, over all RPC processes. */
  sequence: number;
  /** It may be part of a block only where this holds. */
  condition?: TransactionCondition;
}

const SEQUENCE_END = 16;
const SENDER_START = 196;
const TAIL_START = 216;

/**
 * Reads what `lua/add.lua` wrote: sequence, fees, cost, nonce, sender, and the tail: a condition if there is one, the
 * signed envelope. The sender needs no recovery.
 */
export function decodePoolEntry(entry: Buffer): PoolEntry {
  if (entry.length <= TAIL_START) throw new DecodeError(`a pool entry has only ${entry.length} bytes`);
  const sender = new Uint8Array(entry.subarray(SENDER_START, TAIL_START));
  const { condition, raw } = splitCondition(entry.subarray(TAIL_START));
  return {
    transaction: decodeTransaction(raw, { sender }),
    sequence: Number(entry.toString("latin1", 0, SEQUENCE_END)),
    ...(condition === undefined ? {} : { condition }),
  };
}
