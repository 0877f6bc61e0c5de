import type { Location } from "../../../executor/index.ts";
import { DecodeError, EMPTY_BYTES } from "../../../protocol/index.ts";
import type { CompactReader } from "./compactReader.ts";
import type { CompactWriter } from "./compactWriter.ts";

/** The order is stored: new fields go to the end. */
const FIELDS: readonly Location["field"][] = [
  "balance",
  "nonce",
  "code",
  "existence",
  "storageRoot",
  "storage",
];

export function writeLocation(writer: CompactWriter, { address, field, slot }: Location): void {
  writer.bytes(address);
  writer.varint(FIELDS.indexOf(field));
  if (field === "storage") writer.word(slot ?? EMPTY_BYTES);
}

export function readLocation(reader: CompactReader): Location {
  const address = reader.bytes(20);
  const field = FIELDS[reader.varint()];
  if (field === undefined) throw new DecodeError("a stored location names an unknown field");
  return { address, field, slot: field === "storage" ? reader.word() : undefined };
}
