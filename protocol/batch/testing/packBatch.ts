import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { ByteReader } from "../../byteReader.ts";
import { ByteWriter } from "../../byteWriter.ts";

/** Columns and signatures as a batch's bytes, whatever they hold: for tests of the decoder. */
export function packBatch(columns: Uint8Array, signatures: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.byte(2);
  out.prefixed(brotliCompressSync(columns, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }));
  out.bytes(signatures);
  return out.finish();
}

/** The parts of a batch that was encoded here. */
export function unpackBatch(data: Uint8Array): { columns: Buffer; signatures: Uint8Array } {
  const reader = new ByteReader(data.subarray(1));
  const columns = brotliDecompressSync(reader.view(reader.varint("length"), "columns"));
  return { columns, signatures: reader.peek() };
}
