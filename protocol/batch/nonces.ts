/**
 * Nonces without senders: a sender's next nonce follows one that the batch had before.
 *
 * The coder keeps the nonces that would follow the latest ones, latest first. A nonce among them is written as its
 * place from 1, any other as 0 and itself; either way its successor becomes the first of the list.
 */
import type { ByteReader } from "../byteReader.ts";
import type { ByteWriter } from "../byteWriter.ts";
import { DecodeError } from "../errors.ts";

/** Fewer forget the chains of busy senders, more cost time: every nonce looks through them. */
const REMEMBERED = 64;

class ExpectedNonces {
  private readonly expected: number[] = [];

  /** From 1; 0 when it is not expected. */
  placeOf(nonce: number): number {
    return this.expected.indexOf(nonce) + 1;
  }

  at(place: number): number | undefined {
    return this.expected[place - 1];
  }

  follow(nonce: number, place: number): void {
    if (place > 0) this.expected.splice(place - 1, 1);
    else if (this.expected.length === REMEMBERED) this.expected.pop();
    this.expected.unshift(nonce + 1);
  }
}

export class NonceWriter {
  private readonly expected = new ExpectedNonces();

  write(column: ByteWriter, nonce: number): void {
    const place = this.expected.placeOf(nonce);
    column.varint(place);
    if (place === 0) column.varint(nonce);
    this.expected.follow(nonce, place);
  }
}

export class NonceReader {
  private readonly expected = new ExpectedNonces();

  read(column: ByteReader): number {
    const place = column.varint("nonce", REMEMBERED);
    const nonce = place === 0 ? column.varint("nonce") : this.expected.at(place);
    if (nonce === undefined || nonce > Number.MAX_SAFE_INTEGER) {
      throw new DecodeError("nonce: it follows none");
    }
    this.expected.follow(nonce, place);
    return nonce;
  }
}
