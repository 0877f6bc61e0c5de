import { DecodeError, decodeTransaction, type Transaction } from "../../protocol/index.ts";

/** A transaction as the pool holds it. */
export interface PoolEntry {
  transaction: Transaction;
  /** Order of arrival, over all RPC processes. */
  sequence: number;
}

const SEQUENCE_END = 16;
const SENDER_START = 160;
const RAW_START = 180;

/** Reads what `lua/add.lua` wrote: sequence, fees, nonce, sender, signed envelope. The sender needs no recovery. */
export function decodePoolEntry(entry: Buffer): PoolEntry {
  if (entry.length <= RAW_START) throw new DecodeError(`a pool entry has only ${entry.length} bytes`);
  const sender = new Uint8Array(entry.subarray(SENDER_START, RAW_START));
  const raw = new Uint8Array(entry.subarray(RAW_START));
  return {
    transaction: decodeTransaction(raw, { sender }),
    sequence: Number(entry.toString("latin1", 0, SEQUENCE_END)),
  };
}
