import { bigIntToBytes, bytesToBigInt, DecodeError } from "../../protocol/index.ts";

/** Appends values to one growing buffer, which then crosses a thread by transfer instead of by copy. */
export class ByteWriter {
  private bytes = new Uint8Array(4096);
  private length = 0;

  uint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  blob(value: Uint8Array): void {
    this.uint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  bigint(value: bigint): void {
    this.blob(bigIntToBytes(value));
  }

  optional(value: Uint8Array | undefined): void {
    this.uint(value === undefined ? 0 : 1);
    if (value !== undefined) this.blob(value);
  }

  /** Characters below 256 only: keys. */
  latin1(value: string): void {
    this.uint(value.length);
    this.reserve(value.length);
    for (let i = 0; i < value.length; i++) this.bytes[this.length++] = value.charCodeAt(i);
  }

  utf8(value: string): void {
    this.blob(Buffer.from(value, "utf8"));
  }

  list<T>(values: readonly T[], write: (value: T) => void): void {
    this.uint(values.length);
    for (const value of values) write(value);
  }

  /** The bytes so far, alone in their buffer: fit to be transferred. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** Reads what {@link ByteWriter} wrote, in the same order. Byte strings are views: the buffer lives as long as they. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly text: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new DecodeError("lane message ends too soon");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  blob(): Uint8Array {
    const from = this.advance();
    return this.bytes.subarray(from, this.at);
  }

  bigint(): bigint {
    return bytesToBigInt(this.blob());
  }

  optional(): Uint8Array | undefined {
    return this.uint() === 0 ? undefined : this.blob();
  }

  latin1(): string {
    const from = this.advance();
    return this.text.toString("latin1", from, this.at);
  }

  utf8(): string {
    const from = this.advance();
    return this.text.toString("utf8", from, this.at);
  }

  list<T>(read: () => T): T[] {
    const values: T[] = [];
    for (let count = this.uint(); count > 0; count--) values.push(read());
    return values;
  }

  private advance(): number {
    const length = this.uint();
    const from = this.at;
    if (from + length > this.bytes.length) throw new DecodeError("lane message ends too soon");
    this.at = from + length;
    return from;
  }
}
