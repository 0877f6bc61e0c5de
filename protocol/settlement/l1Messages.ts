/** The queue of messages from L1 to L2 as `L1MessageQueue` keeps it: what stands for a message, and what binds all of them. */
import { bigIntToBytes, padTo32 } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import type { DepositFields } from "../transaction/deposit.ts";
import { hashWords } from "./abiWords.ts";

/** Where a message stands in the queue. */
export interface MessagePlace {
  /** From 0, in L1 order. */
  index: number;
  /** L1 block that it was queued in. */
  l1Block: number;
}

const DEPOSIT = 0;
const FORCED_TRANSACTION = 1;
const NOBODY = new Uint8Array(20);

export function depositMessageHash(
  { index, l1Block }: MessagePlace,
  { from, to, mint, value, gasLimit, data }: Omit<DepositFields, "sourceHash">,
): Uint8Array {
  const opaque = Buffer.concat([
    padTo32(bigIntToBytes(mint)),
    padTo32(bigIntToBytes(value)),
    padTo32(bigIntToBytes(gasLimit)).subarray(24),
    Uint8Array.of(to === undefined ? 1 : 0),
    data,
  ]);
  return hashWords([DEPOSIT, index, l1Block, from, to ?? NOBODY, keccak256(opaque)]);
}

/** `from`: who queued it on L1, which is not who signed it. */
export function forcedMessageHash(
  { index, l1Block }: MessagePlace,
  from: Uint8Array,
  signedTransaction: Uint8Array,
): Uint8Array {
  return hashWords([FORCED_TRANSACTION, index, l1Block, from, NOBODY, keccak256(signedTransaction)]);
}

/** The rolling hash with one more message; it starts at 32 zero bytes. */
export function rollMessage(rollingHash: Uint8Array, messageHash: Uint8Array): Uint8Array {
  return keccak256(Buffer.concat([rollingHash, messageHash]));
}
