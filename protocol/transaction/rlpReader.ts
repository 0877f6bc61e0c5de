import { DecodeError } from "../errors.ts";

/**
 * Reads RLP from front to back and accepts the canonical form alone: shortest headers, no leading zeros in
 * numbers, every byte of a list used. It never looks past its own end, so its work is bounded by the input.
 */
export class RlpReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Offset in the whole input of the next item. */
  get position(): number {
    return this.#position;
  }

  get done(): boolean {
    return this.#position === this.#end;
  }

  /** Throws when bytes are left over. */
  finish(what: string): void {
    if (this.#position !== this.#end) throw new DecodeError(`rlp: ${what} has too many elements`);
  }

  /** A view of the next item, which must be a string. */
  string(what: string): Uint8Array {
    if (this.#position >= this.#end) throw new DecodeError(`rlp: too few elements, ${what} is missing`);
    const prefix = this.#bytes[this.#position] ?? 0;
    if (prefix < 0x80) {
      this.#position += 1;
      return this.#bytes.subarray(this.#position - 1, this.#position);
    }
    if (prefix >= 0xc0) throw new DecodeError(`rlp: expected String for ${what}, found List`);
    const length = prefix <= 0xb7 ? this.#short(prefix - 0x80) : this.#long(prefix - 0xb7);
    const start = this.#take(length, what);
    if (length === 1 && (this.#bytes[start] ?? 0) < 0x80) {
      throw new DecodeError(`rlp: non-canonical size information for ${what}`);
    }
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader over the next item, which must be a list. */
  list(what: string): RlpReader {
    if (this.#position >= this.#end) throw new DecodeError(`rlp: too few elements, ${what} is missing`);
    const prefix = this.#bytes[this.#position] ?? 0;
    if (prefix < 0xc0) throw new DecodeError(`rlp: expected List for ${what}`);
    const length = prefix <= 0xf7 ? this.#short(prefix - 0xc0) : this.#long(prefix - 0xf7);
    const start = this.#take(length, what);
    return new RlpReader(this.#bytes, start, start + length);
  }

  /** The next item as an unsigned integer of at most `maxBytes` bytes. */
  uint(what: string, maxBytes: number): bigint {
    const bytes = this.string(what);
    if (bytes.length > maxBytes) throw new DecodeError(`rlp: ${what} exceeds ${maxBytes * 8} bits`);
    if (bytes[0] === 0) throw new DecodeError(`rlp: non-canonical integer (leading zero bytes) for ${what}`);
    return uintFromBytes(bytes);
  }

  /** The next item, exactly `length` bytes long. */
  fixed(what: string, length: number): Uint8Array {
    const bytes = this.string(what);
    if (bytes.length !== length) {
      throw new DecodeError(`rlp: ${what} must be ${length} bytes long, found ${bytes.length}`);
    }
    return bytes;
  }

  #short(length: number): number {
    this.#position += 1;
    return length;
  }

  #long(lengthOfLength: number): number {
    const start = this.#position + 1;
    if (start + lengthOfLength > this.#end) throw new DecodeError("rlp: value size exceeds available input");
    if (this.#bytes[start] === 0) throw new DecodeError("rlp: non-canonical size information");
    if (lengthOfLength > 4) throw new DecodeError("rlp: value size exceeds available input");
    let length = 0;
    for (let i = 0; i < lengthOfLength; i++) length = length * 256 + (this.#bytes[start + i] ?? 0);
    if (length < 56) throw new DecodeError("rlp: non-canonical size information");
    this.#position = start + lengthOfLength;
    return length;
  }

  #take(length: number, what: string): number {
    const start = this.#position;
    if (start + length > this.#end) {
      throw new DecodeError(`rlp: value size exceeds available input for ${what}`);
    }
    this.#position = start + length;
    return start;
  }
}

function uintFromBytes(bytes: Uint8Array): bigint {
  const length = bytes.length;
  if (length <= 6) {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + (bytes[i] ?? 0);
    return BigInt(value);
  }
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("hex")}`);
}
