/**
 * Blocks ↔ bytes on L1: a version byte, the compressed columns behind their length, the signatures as they are.
 * The format is docs/batch-format.md.
 *
 * `decodeBatch(encodeBatch(blocks))` equals `blocks`. Decoding is bounded by BATCH_LIMITS whatever the input, and
 * gives either blocks or a DecodeError.
 */
import { promisify } from "node:util";
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  brotliDecompressSync,
  constants,
} from "node:zlib";
import { ByteReader } from "../byteReader.ts";
import { ByteWriter } from "../byteWriter.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { type BatchLayout, readLayout, writeLayout } from "./batchLayout.ts";
import { BATCH_LIMITS } from "./limits.ts";

const VERSION = 2;
const compress = promisify<Uint8Array, BrotliOptions, Buffer>(brotliCompress);

const DEFAULT_QUALITY = 5;

/** Consecutive blocks, at least one. */
export function encodeBatch(blocks: BatchBlock[], quality: number = DEFAULT_QUALITY): Uint8Array {
  const layout = writeLayout(blocks);
  return assemble(brotliCompressSync(layout.columns, brotliOptions(layout, quality)), layout);
}

/** The same bytes as {@link encodeBatch}, compressed off the calling thread. */
export async function encodeBatchAsync(
  blocks: BatchBlock[],
  quality: number = DEFAULT_QUALITY,
): Promise<Uint8Array> {
  const layout = writeLayout(blocks);
  return assemble(await compress(layout.columns, brotliOptions(layout, quality)), layout);
}

/** Throws DecodeError, and nothing else, for whatever is not an encoded batch. */
export function decodeBatch(data: Uint8Array): BatchBlock[] {
  if (data.length > BATCH_LIMITS.encodedBytes) throw new DecodeError(`a batch of ${data.length} bytes`);
  if (data[0] !== VERSION) throw new DecodeError(`batch version ${data[0] ?? "missing"} is unknown`);
  const reader = new ByteReader(data.subarray(1));
  const compressed = reader.view(reader.varint("compressed length"), "compressed columns");
  return readLayout({ columns: decompress(compressed), signatures: reader.peek() });
}

/** `info` is documented, but its types do not know it: the answer says how much was read. */
const DECOMPRESSION: BrotliOptions & { info: true } = {
  maxOutputLength: BATCH_LIMITS.columnBytes,
  info: true,
};

function decompress(compressed: Uint8Array): Uint8Array {
  let result: unknown;
  try {
    result = brotliDecompressSync(compressed, DECOMPRESSION);
  } catch (error) {
    throw new DecodeError("the batch does not decompress within its limits", error);
  }
  // Node stops at the end of the stream and says nothing of what follows.
  if (!isDecompression(result)) throw new InvariantError("zlib does not say what it has read");
  if (result.engine.bytesWritten !== compressed.length) {
    throw new DecodeError("something follows the compressed columns");
  }
  return result.buffer;
}

interface Decompression {
  buffer: Uint8Array;
  engine: { bytesWritten: number };
}

function isDecompression(result: unknown): result is Decompression {
  if (typeof result !== "object" || result === null || !("buffer" in result) || !("engine" in result)) {
    return false;
  }
  const { buffer, engine } = result;
  return (
    buffer instanceof Uint8Array && typeof engine === "object" && engine !== null && "bytesWritten" in engine
  );
}

function assemble(compressed: Uint8Array, { signatures }: BatchLayout): Uint8Array {
  const out = new ByteWriter(compressed.length + signatures.length + 16);
  out.byte(VERSION);
  out.prefixed(compressed);
  out.bytes(signatures);
  return new Uint8Array(out.finish());
}

function brotliOptions({ columns }: BatchLayout, quality: number): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: columns.length,
    },
  };
}
