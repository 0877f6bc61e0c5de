import { InvariantError } from "./errors.ts";

/** Appends integers and byte strings to one growing buffer; ByteReader reads them back. */
export class ByteWriter {
  private buffer: Buffer;
  private written = 0;

  constructor(initialCapacity = 1024) {
    this.buffer = Buffer.allocUnsafe(initialCapacity);
  }

  get length(): number {
    return this.written;
  }

  /** Unsigned LEB128. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InvariantError(`${value} is not an unsigned integer`);
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.written++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.written++] = rest;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.written++] = value;
  }

  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    // A loop beats the call into native code for what is this short.
    if (length <= 32) for (let i = 0; i < length; i++) this.buffer[this.written + i] = bytes[i] ?? 0;
    else this.buffer.set(bytes, this.written);
    this.written += length;
  }

  /** The length as a varint, then the bytes. */
  prefixed(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  /** A number of up to 32 bytes, big-endian, without its leading zeros: the length, then what is left. */
  word(value: Uint8Array): void {
    let zeros = 0;
    while (zeros < value.length && value[zeros] === 0) zeros++;
    this.prefixed(value.subarray(zeros));
  }

  /** What was written; shares memory with the writer. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.written);
  }

  private reserve(extra: number): void {
    if (this.written + extra <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.written + extra));
    grown.set(this.buffer.subarray(0, this.written));
    this.buffer = grown;
  }
}
