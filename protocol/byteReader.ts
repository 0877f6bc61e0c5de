import { padTo32 } from "./bytes.ts";
import { DecodeError } from "./errors.ts";

/** Reads what ByteWriter wrote; every reading past the end or out of form is a DecodeError that names `what`. */
export class ByteReader {
  private readonly source: Uint8Array;
  private position = 0;

  constructor(source: Uint8Array) {
    // Not a Buffer: its `slice` would share memory.
    this.source = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }

  get remaining(): number {
    return this.source.length - this.position;
  }

  get done(): boolean {
    return this.position === this.source.length;
  }

  /** Unsigned LEB128 in its shortest form, at most `limit`. */
  varint(what: string, limit: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= 8; count++) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && count > 1) throw new DecodeError(`${what}: not in shortest form`);
        if (value > limit) throw new DecodeError(`${what}: ${value} is over the limit of ${limit}`);
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError(`${what}: the integer is too long`);
  }

  /** All that is left, unread; shares memory with the source. */
  peek(): Uint8Array {
    return this.source.subarray(this.position);
  }

  byte(what: string): number {
    const byte = this.source[this.position];
    if (byte === undefined) throw new DecodeError(`${what}: the data ends early`);
    this.position++;
    return byte;
  }

  /** A copy, so that a small part does not keep the whole source in memory. */
  bytes(length: number, what: string): Uint8Array {
    return this.view(length, what).slice();
  }

  /** Shares memory with the source. */
  view(length: number, what: string): Uint8Array {
    if (length > this.remaining) {
      throw new DecodeError(`${what}: ${length} bytes wanted, ${this.remaining} left`);
    }
    this.position += length;
    return this.source.subarray(this.position - length, this.position);
  }

  prefixed(what: string, limit: number): Uint8Array {
    return this.bytes(this.varint(what, limit), what);
  }

  /** See `ByteWriter.word`: 32 bytes. */
  word(what: string): Uint8Array {
    return padTo32(this.prefixed(what, 32));
  }

  end(what: string): void {
    if (this.remaining > 0) throw new DecodeError(`${this.remaining} bytes follow the ${what}`);
  }
}
