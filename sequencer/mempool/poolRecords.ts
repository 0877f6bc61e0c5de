import type { Transaction } from "../../protocol/index.ts";

/** A transaction on its way to the pool. */
export interface Addition {
  transaction: Transaction;
  /** The sender's next nonce at `latest`. */
  stateNonce: bigint;
}

const DIGIT_ZERO = 0x30;
const STATE_NONCE_END = 24;
const HASH_START = 24;
const PRICE_END = 80;
const REPLACEABLE_FEE_CAP_END = 144;
const REPLACEABLE_TIP_END = 208;
const FEE_CAP_END = 272;
const TIP_END = 336;
const NONCE_END = 352;
const SENDER_START = 352;
/** Bytes of a record before the signed envelope. */
export const RECORD_HEADER_BYTES = 372;

/** The records that `lua/add.lua` reads, back to back: one argument for a whole group. */
export function encodeAdditions(additions: readonly Addition[]): Buffer {
  let length = 0;
  for (const { transaction } of additions) length += RECORD_HEADER_BYTES + transaction.raw.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const addition of additions) at = writeAddition(bytes, at, addition);
  return bytes;
}

function writeAddition(bytes: Buffer, at: number, { transaction, stateNonce }: Addition): number {
  const { hash, sender, raw, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  bytes.fill(DIGIT_ZERO, at, at + RECORD_HEADER_BYTES);
  endAt(bytes, at + 8, raw.length.toString());
  endAt(bytes, at + STATE_NONCE_END, stateNonce.toString());
  bytes.set(hash, at + HASH_START);
  endAt(bytes, at + PRICE_END, Number(maxPriorityFeePerGas).toString());
  endAt(bytes, at + REPLACEABLE_FEE_CAP_END, replaceable(maxFeePerGas).toString(16));
  endAt(bytes, at + REPLACEABLE_TIP_END, replaceable(maxPriorityFeePerGas).toString(16));
  endAt(bytes, at + FEE_CAP_END, maxFeePerGas.toString(16));
  endAt(bytes, at + TIP_END, maxPriorityFeePerGas.toString(16));
  endAt(bytes, at + NONCE_END, nonce.toString());
  bytes.set(sender, at + SENDER_START);
  bytes.set(raw, at + RECORD_HEADER_BYTES);
  return at + RECORD_HEADER_BYTES + raw.length;
}

function endAt(bytes: Buffer, end: number, digits: string): void {
  bytes.write(digits, end - digits.length, "latin1");
}

/** The highest old fee that this one may replace: 10 % less, and always less. */
function replaceable(fee: bigint): bigint {
  return (fee * 100n) / 110n;
}
