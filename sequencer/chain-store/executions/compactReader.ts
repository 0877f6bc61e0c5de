import { DecodeError } from "../../../protocol/index.ts";

/** Reads what `CompactWriter` wrote; anything else is a DecodeError. Byte strings are copies. */
export class CompactReader {
  private readonly source: Uint8Array;
  private position = 0;

  constructor(source: Uint8Array) {
    // Not a Buffer: its `slice` would share memory.
    this.source = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }

  get done(): boolean {
    return this.position === this.source.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
      const byte = this.source[this.position++];
      if (byte === undefined) throw new DecodeError("the stored report ends early");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new DecodeError("a number of the stored report is too long");
  }

  bytes(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.source.length) throw new DecodeError("the stored report ends early");
    const value = this.source.slice(this.position, end);
    this.position = end;
    return value;
  }

  /** See `CompactWriter.word`: 32 bytes. */
  word(): Uint8Array {
    const length = this.varint();
    if (length > 32) throw new DecodeError("a slot of the stored report is longer than 32 bytes");
    const value = new Uint8Array(32);
    value.set(this.bytes(length), 32 - length);
    return value;
  }
}
