import { ByteReader, ByteWriter } from "../../protocol/index.ts";

export const SETTLED_KEY = Buffer.from("settled");

/** Numbers of the last blocks that are proven, and final, on L1; 0 for none. */
export interface SettledHeads {
  proven: number;
  finalized: number;
}

export function encodeSettled({ proven, finalized }: SettledHeads): Uint8Array {
  const writer = new ByteWriter(16);
  writer.varint(proven);
  writer.varint(finalized);
  return writer.finish();
}

export function decodeSettled(bytes: Uint8Array | undefined): SettledHeads {
  if (bytes === undefined) return { proven: 0, finalized: 0 };
  const reader = new ByteReader(bytes);
  return { proven: reader.varint("settled heads"), finalized: reader.varint("settled heads") };
}
