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

/** The three bits of values seen lately: a block's logs name the same few contracts and events again and again. */
const known = new Map<string, readonly [number, number, number]>();
const MOST_KNOWN = 4096;

function add(bloom: Uint8Array, value: Uint8Array): void {
  for (const bit of bitsOf(value)) {
    const place = BLOOM_LENGTH - 1 - (bit >> 3);
    bloom[place] = (bloom[place] ?? 0) | (1 << (bit & 7));
  }
}

function bitsOf(value: Uint8Array): readonly [number, number, number] {
  const key = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  let bits = known.get(key);
  if (bits === undefined) {
    const hash = keccak256(value);
    const bit = (at: number) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 0x7ff;
    bits = [bit(0), bit(2), bit(4)];
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, bits);
  }
  return bits;
}
