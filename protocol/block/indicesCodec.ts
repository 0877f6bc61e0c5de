import { ByteReader } from "../byteReader.ts";

/** Ascending places as LEB128 of their distances, the first from -1 less one: a single 0 is one zero byte. */
export function encodeIndices(indices: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let next = 0;
  for (const index of indices) {
    let rest = index - next;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
    bytes.push(rest);
    next = index + 1;
  }
  return Uint8Array.from(bytes);
}

export function decodeIndices(encoded: Uint8Array): number[] {
  const reader = new ByteReader(encoded);
  const indices: number[] = [];
  let next = 0;
  while (!reader.done) {
    const index = next + reader.varint("stored index");
    indices.push(index);
    next = index + 1;
  }
  return indices;
}
