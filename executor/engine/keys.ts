/**
 * Addresses, slots and hashes as keys of maps: one character per byte, so that keys compare and sort as their
 * bytes do and cost one short string.
 */
export type Key = string;

export function keyOf(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function bytesOf(key: Key): Uint8Array {
  return new Uint8Array(Buffer.from(key, "latin1"));
}

export function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
