import { keccak256 } from "../crypto/keccak256.ts";
import type { Log } from "./block.ts";

export const BLOOM_LENGTH = 256;

/**
 * The 2048-bit filter over the addresses and topics of logs (Yellow Paper 4.3.1): each value sets three bits, named by
 * the low 11 bits of the first three byte pairs of its hash. Fresh on each call: callers may write into it.
 */
export function logsBloom(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_LENGTH);
  for (const log of logs) {
    add(bloom, log.address);
    for (const topic of log.topics) add(bloom, topic);
  }
  return bloom;
}

/** Adds all bits of `bloom` to `target`: a block's bloom is the union of its receipts'. */
export function orInto(target: Uint8Array, bloom: Uint8Array): void {
  for (let i = 0; i < BLOOM_LENGTH; i++) target[i] = (target[i] ?? 0) | (bloom[i] ?? 0);
}

function add(bloom: Uint8Array, value: Uint8Array): void {
  const hash = keccak256(value);
  for (let i = 0; i < 6; i += 2) {
    const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 0x7ff;
    const place = BLOOM_LENGTH - 1 - (bit >> 3);
    bloom[place] = (bloom[place] ?? 0) | (1 << (bit & 7));
  }
}
