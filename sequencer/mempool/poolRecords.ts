import type { Transaction } from "../../protocol/index.ts";
import { encodeCondition, type TransactionCondition } from "./transactionCondition.ts";
import { transactionCost } from "./transactionCost.ts";
import type { SenderState } from "./types.ts";

/** A transaction on its way to the pool. */
export interface Addition {
  transaction: Transaction;
  /** At `latest`. */
  sender: SenderState;
  condition?: TransactionCondition;
}

const DIGIT_ZERO = 0x30;
const STATE_NONCE_END = 24;
const HASH_START = 24;
const PRICE_END = 80;
const REPLACEABLE_FEE_CAP_END = 144;
const REPLACEABLE_TIP_END = 208;
const BALANCE_START = 208;
const FEE_CAP_END = 308;
const TIP_END = 372;
const COST_START = 372;
const NONCE_END = 424;
const SENDER_START = 424;
/** Bytes of a record before its tail: a condition if there is one, the signed envelope. */
export const RECORD_HEADER_BYTES = 444;
/** Sums of some thousand amounts of 256 bits fit. */
const AMOUNT_BYTES = 36;

/** The records that `lua/add.lua` reads, back to back: one argument for a whole group. */
export function encodeAdditions(additions: readonly Addition[]): Buffer {
  const tails = additions.map(({ transaction, condition }) =>
    condition === undefined ? transaction.raw : encodeCondition(condition, transaction.raw),
  );
  const length = tails.reduce((sum, tail) => sum + RECORD_HEADER_BYTES + tail.length, 0);
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [index, addition] of additions.entries()) {
    at = writeAddition(bytes, at, addition, tails[index] ?? addition.transaction.raw);
  }
  return bytes;
}

function writeAddition(bytes: Buffer, at: number, addition: Addition, tail: Uint8Array): number {
  const { transaction, sender: state } = addition;
  const { hash, sender, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  bytes.fill(DIGIT_ZERO, at, at + RECORD_HEADER_BYTES);
  endAt(bytes, at + 8, tail.length.toString());
  endAt(bytes, at + STATE_NONCE_END, state.nonce.toString());
  bytes.set(hash, at + HASH_START);
  endAt(bytes, at + PRICE_END, Number(maxPriorityFeePerGas).toString());
  endAt(bytes, at + REPLACEABLE_FEE_CAP_END, replaceable(maxFeePerGas).toString(16));
  endAt(bytes, at + REPLACEABLE_TIP_END, replaceable(maxPriorityFeePerGas).toString(16));
  writeAmount(bytes, at + BALANCE_START, state.balance);
  endAt(bytes, at + FEE_CAP_END, maxFeePerGas.toString(16));
  endAt(bytes, at + TIP_END, maxPriorityFeePerGas.toString(16));
  writeAmount(bytes, at + COST_START, transactionCost(transaction));
  endAt(bytes, at + NONCE_END, nonce.toString());
  bytes.set(sender, at + SENDER_START);
  bytes.set(tail, at + RECORD_HEADER_BYTES);
  return at + RECORD_HEADER_BYTES + tail.length;
}

function writeAmount(bytes: Buffer, at: number, amount: bigint): void {
  bytes.write(amount.toString(16).padStart(AMOUNT_BYTES * 2, "0"), at, "hex");
}

function endAt(bytes: Buffer, end: number, digits: string): void {
  bytes.write(digits, end - digits.length, "latin1");
}

/** The highest old fee that this one may replace: 10 % less, and always less. */
function replaceable(fee: bigint): bigint {
  return (fee * 100n) / 110n;
}
