import type { ContendedLocation } from "../../../executor/index.ts";
import { ByteReader, ByteWriter, DecodeError, EMPTY_BYTES } from "../../../protocol/index.ts";
import { readLocation, writeLocation } from "./locationCodec.ts";

const VERSION = 1;

/** A block's most contended locations, alone in their column: reading a thousand blocks' stays cheap. Empty for none. */
export function encodeContended(contended: readonly ContendedLocation[]): Uint8Array {
  if (contended.length === 0) return EMPTY_BYTES;
  const writer = new ByteWriter();
  writer.varint(VERSION);
  for (const { location, transactions, writers, reExecuted } of contended) {
    writeLocation(writer, location);
    writer.varint(transactions);
    writer.varint(writers);
    writer.varint(reExecuted);
  }
  return writer.finish();
}

export function decodeContended(encoded: Uint8Array): ContendedLocation[] {
  const contended: ContendedLocation[] = [];
  if (encoded.length === 0) return contended;
  const reader = new ByteReader(encoded);
  const version = reader.varint("stored contended location");
  if (version !== VERSION) throw new DecodeError(`stored contended locations have version ${version}`);
  while (!reader.done) {
    contended.push({
      location: readLocation(reader),
      transactions: reader.varint("stored contended location"),
      writers: reader.varint("stored contended location"),
      reExecuted: reader.varint("stored contended location"),
    });
  }
  return contended;
}
