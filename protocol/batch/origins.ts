import type { ByteReader } from "../byteReader.ts";
import { bytesEqual } from "../bytes.ts";
import type { ByteWriter } from "../byteWriter.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import type { BatchBlock, BatchL1Origin } from "./batchBlock.ts";

/** A block's origin in one byte, unless there is something to say. */
const NONE = 0;
const NEXT_OF_SAME = 1;
const WRITTEN = 2;

/**
 * Where each block stands on L1. A written origin: varint distance of its number from the origin before (the first:
 * from zero), its hash when the distance is not 0 or it is the first, varint sequence number, varint messages.
 */
export class OriginWriter {
  private readonly out: ByteWriter;
  private previous: BatchL1Origin | undefined;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  write({ number, l1Origin }: Pick<BatchBlock, "number" | "l1Origin">): void {
    const { out, previous } = this;
    if (l1Origin === undefined) {
      out.byte(NONE);
      return;
    }
    const distance = l1Origin.number - (previous?.number ?? 0);
    if (distance < 0) throw new InvariantError(`block ${number} has an older L1 origin than its parent`);
    if (l1Origin.hash.length !== 32) throw new InvariantError(`block ${number}: no hash of an L1 origin`);
    const isSame = previous !== undefined && distance === 0;
    if (isSame && !bytesEqual(previous.hash, l1Origin.hash)) {
      throw new InvariantError(`block ${number} has another hash for its parent's L1 origin`);
    }
    this.previous = l1Origin;
    if (isSame && l1Origin.sequenceNumber === previous.sequenceNumber + 1 && l1Origin.messages === 0) {
      out.byte(NEXT_OF_SAME);
      return;
    }
    out.byte(WRITTEN);
    out.varint(distance);
    if (!isSame) out.bytes(l1Origin.hash);
    out.varint(l1Origin.sequenceNumber);
    out.varint(l1Origin.messages);
  }
}

export class OriginReader {
  private readonly from: ByteReader;
  private previous: BatchL1Origin | undefined;

  constructor(from: ByteReader) {
    this.from = from;
  }

  /** Nothing, or the origin as a block's field. */
  read(): { l1Origin?: BatchL1Origin } {
    const tag = this.from.byte("L1 origin");
    if (tag === NONE) return {};
    if (tag === NEXT_OF_SAME) return { l1Origin: this.next() };
    if (tag !== WRITTEN) throw new DecodeError(`L1 origin: tag ${tag}`);
    return { l1Origin: this.written() };
  }

  private next(): BatchL1Origin {
    const { previous } = this;
    if (previous === undefined) throw new DecodeError("L1 origin: there is none before");
    const sequenceNumber = previous.sequenceNumber + 1;
    if (!Number.isSafeInteger(sequenceNumber)) throw new DecodeError("sequence number: too large");
    this.previous = { ...previous, sequenceNumber, messages: 0 };
    return this.previous;
  }

  private written(): BatchL1Origin {
    const { from, previous } = this;
    const distance = from.varint("L1 origin number");
    const number = (previous?.number ?? 0) + distance;
    if (!Number.isSafeInteger(number)) throw new DecodeError("L1 origin number: too large");
    const hash = previous !== undefined && distance === 0 ? previous.hash : from.bytes(32, "L1 origin hash");
    const sequenceNumber = from.varint("sequence number");
    this.previous = { number, hash, sequenceNumber, messages: from.varint("messages") };
    return this.previous;
  }
}
