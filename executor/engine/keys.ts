/**
 * Addresses, slots and hashes as keys of maps: one character per byte, so that keys compare and sort as their
 * bytes do and cost one short string.
 */
export type Key = string;

/** Node's own decoder, without a Buffer around the bytes first: that would cost most of the time. */
const latin1Slice: (this: Uint8Array, start: number, end: number) => string = Reflect.get(
  Buffer.prototype,
  "latin1Slice",
);

export function keyOf(bytes: Uint8Array): Key {
  return latin1Slice.call(bytes, 0, bytes.length);
}

export function bytesOf(key: Key): Uint8Array {
  return new Uint8Array(Buffer.from(key, "latin1"));
}

export function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
