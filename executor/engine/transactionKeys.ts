import { type Key, keyOf } from "./keys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** What of a transaction serves as a key, again and again while a block is planned and learned from. */
export interface TransactionKeys {
  sender: Key;
  /** Undefined: it creates a contract. */
  to: Key | undefined;
  /** Recipient and selector: what calls of one function have in common; empty for creations. */
  call: string;
}

const known = new WeakMap<LaneTransaction, TransactionKeys>();

/** Made once for each transaction object. */
export function transactionKeys(transaction: LaneTransaction): TransactionKeys {
  let keys = known.get(transaction);
  if (keys === undefined) {
    const { sender, to, data } = transaction;
    const toKey = to === undefined ? undefined : keyOf(to);
    const selector = data.length > 4 ? data.subarray(0, 4) : data;
    const call = toKey === undefined ? "" : toKey + keyOf(selector);
    keys = { sender: keyOf(sender), to: toKey, call };
    known.set(transaction, keys);
  }
  return keys;
}
