import type { Location } from "../../../executor/index.ts";
import { type ByteReader, type ByteWriter, DecodeError, EMPTY_BYTES } from "../../../protocol/index.ts";

/** The order is stored: new fields go to the end. */
const FIELDS: readonly Location["field"][] = [
  "balance",
  "nonce",
  "code",
  "existence",
  "storageRoot",
  "storage",
];

export function writeLocation(writer: ByteWriter, { address, field, slot }: Location): void {
  writer.bytes(address);
  writer.varint(FIELDS.indexOf(field));
  if (field === "storage") writer.word(slot ?? EMPTY_BYTES);
}

export function readLocation(reader: ByteReader): Location {
  const address = reader.bytes(20, "stored location");
  const field = FIELDS[reader.varint("stored location")];
  if (field === undefined) throw new DecodeError("a stored location names an unknown field");
  return { address, field, slot: field === "storage" ? reader.word("stored slot") : undefined };
}
