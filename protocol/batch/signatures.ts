/**
 * What no compressor makes smaller, kept apart from what it works on: a bit of parity for each transaction, lowest
 * first, then `r ‖ s`, 32 bytes each, in the order in which the transactions are rebuilt.
 */
import type { ByteReader } from "../byteReader.ts";
import { ByteReader as Reader } from "../byteReader.ts";
import { padTo32 } from "../bytes.ts";
import { ByteWriter } from "../byteWriter.ts";
import { DecodeError } from "../errors.ts";

export class SignatureWriter {
  private readonly parities: number[] = [];
  private readonly pairs = new ByteWriter(64 * 1024);

  parity(bit: 0 | 1): void {
    this.parities.push(bit);
  }

  pair(r: Uint8Array, s: Uint8Array): void {
    this.pairs.bytes(padTo32(r));
    this.pairs.bytes(padTo32(s));
  }

  finish(): Buffer {
    const bits = new Uint8Array(Math.ceil(this.parities.length / 8));
    for (const [index, bit] of this.parities.entries())
      bits[index >> 3] = (bits[index >> 3] ?? 0) | (bit << (index & 7));
    return Buffer.concat([bits, this.pairs.finish()]);
  }
}

export class SignatureReader {
  private readonly bits: Uint8Array;
  private readonly pairs: ByteReader;
  private readonly count: number;
  private next = 0;

  constructor(source: Uint8Array, count: number) {
    this.pairs = new Reader(source);
    this.bits = this.pairs.view(Math.ceil(count / 8), "parities");
    this.count = count;
    if ((count & 7) !== 0 && (this.bits.at(-1) ?? 0) >> (count & 7) !== 0) {
      throw new DecodeError("parities: bits without a transaction");
    }
  }

  parity(): 0 | 1 {
    if (this.next >= this.count) throw new DecodeError("parities: too few");
    const bit = ((this.bits[this.next >> 3] ?? 0) >> (this.next & 7)) & 1;
    this.next++;
    return bit === 0 ? 0 : 1;
  }

  pair(): { r: Uint8Array; s: Uint8Array } {
    return { r: this.pairs.view(32, "signature"), s: this.pairs.view(32, "signature") };
  }

  end(): void {
    this.pairs.end("last signature");
  }
}
