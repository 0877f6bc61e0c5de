import { Address } from "@ethereumjs/util";

/**
 * 256-bit words between the stack (bigint) and bytes (big-endian). Small values take a short way: most words of real
 * programs fit 64 bits.
 */
const TWO_64 = 1n << 64n;

const scratch = new Uint8Array(32);
const scratchView = new DataView(scratch.buffer);

export function readWord(view: DataView, offset: number): bigint {
  const low = view.getBigUint64(offset + 24);
  const third = view.getBigUint64(offset + 16);
  const second = view.getBigUint64(offset + 8);
  const first = view.getBigUint64(offset);
  if (first === 0n) {
    if (second !== 0n) return (second << 128n) | (third << 64n) | low;
    return third === 0n ? low : (third << 64n) | low;
  }
  return (((first << 64n) | second) << 128n) | (third << 64n) | low;
}

export function writeWord(view: DataView, offset: number, word: bigint): void {
  view.setBigUint64(offset + 24, word);
  if (word < TWO_64) {
    view.setBigUint64(offset + 16, 0n);
    view.setBigUint64(offset + 8, 0n);
    view.setBigUint64(offset, 0n);
    return;
  }
  view.setBigUint64(offset + 16, word >> 64n);
  view.setBigUint64(offset + 8, word >> 128n);
  view.setBigUint64(offset, word >> 192n);
}

/** Up to 32 bytes, big-endian; nothing is zero. */
export function bytesToWord(bytes: Uint8Array): bigint {
  const { length } = bytes;
  if (length === 0) return 0n;
  if (length <= 4) {
    let small = 0;
    for (let i = 0; i < length; i++) small = small * 256 + (bytes[i] ?? 0);
    return BigInt(small);
  }
  if (length < 32) scratch.fill(0, 0, 32 - length);
  scratch.set(bytes, 32 - length);
  return readWord(scratchView, 0);
}

/** The 32 bytes from `offset`, padded on the right with zeros where the data ends. */
export function paddedWord(data: Uint8Array, offset: number): bigint {
  if (offset >= data.length) return 0n;
  const part = data.subarray(offset, offset + 32);
  scratch.set(part);
  if (part.length < 32) scratch.fill(0, part.length);
  return readWord(scratchView, 0);
}

export function wordToBytes32(word: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  writeWord(scratchView, 0, word);
  bytes.set(scratch);
  return bytes;
}

/** Without leading zeros; zero is empty. */
export function wordToShortBytes(word: bigint): Uint8Array {
  writeWord(scratchView, 0, word);
  let start = 0;
  while (start < 32 && scratch[start] === 0) start++;
  return scratch.slice(start);
}

/** The low 20 bytes, as CALL and its like read an address. */
export function wordToAddress(word: bigint): Address {
  writeWord(scratchView, 0, word);
  return new Address(scratch.slice(12));
}
