import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { RLP } from "@ethereumjs/rlp";
import { bytesToBigInt } from "../../protocol/index.ts";
import { ImportError } from "./importError.ts";

const CHUNK_BYTES = 4 * 1024 ** 2;
const MAX_PREFIX_BYTES = 9;
const MAX_BLOCK_BYTES = 256 * 1024 ** 2;

export interface FileBlock {
  /** RLP of the block. */
  raw: Uint8Array;
  /** Bytes of the file up to its end. */
  end: number;
  fileBytes: number;
}

/** The blocks of a file of concatenated RLP, as `geth export` writes it, one after the other. */
export function* readChainFile(file: string): Generator<FileBlock> {
  const descriptor = open(file);
  try {
    const fileBytes = fstatSync(descriptor).size;
    let offset = 0;
    let window = new Uint8Array(0);
    const fill = (bytes: number): boolean => {
      if (window.length >= bytes) return true;
      const wanted = Math.max(bytes, CHUNK_BYTES);
      const next = new Uint8Array(wanted);
      next.set(window);
      const read = readSync(descriptor, next, window.length, wanted - window.length, offset + window.length);
      window = next.subarray(0, window.length + read);
      return window.length >= bytes;
    };
    while (offset < fileBytes) {
      fill(Math.min(MAX_PREFIX_BYTES, fileBytes - offset));
      const length = listLength(window, file, offset);
      if (!fill(length)) throw new ImportError(`${file} ends inside the block at byte ${offset}`);
      const raw = window.slice(0, length);
      window = window.subarray(length);
      offset += length;
      yield { raw, end: offset, fileBytes };
    }
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError(`cannot read ${file}: ${detail}`, { cause });
  }
}

function listLength(bytes: Uint8Array, file: string, offset: number): number {
  const prefix = bytes[0] ?? 0;
  if (prefix < 0xc0) throw new ImportError(`${file} holds no RLP list at byte ${offset}`);
  const length = listHeader(bytes).payload + listHeader(bytes).header;
  if (length > MAX_BLOCK_BYTES) {
    throw new ImportError(`${file} names a block of ${length} bytes at byte ${offset}`);
  }
  return length;
}

/** Lengths of a list's prefix and of what it holds. */
function listHeader(bytes: Uint8Array): { header: number; payload: number } {
  const prefix = bytes[0] ?? 0;
  if (prefix < 0xf8) return { header: 1, payload: prefix - 0xc0 };
  const lengthBytes = prefix - 0xf7;
  return { header: 1 + lengthBytes, payload: Number(bytesToBigInt(bytes.subarray(1, 1 + lengthBytes))) };
}

const DIFFICULTY = 7;
const NUMBER = 8;

/** Number and difficulty of a block, without decoding the rest of it. */
export function peekHeader(raw: Uint8Array): { number: number; difficulty: bigint } {
  const inner = raw.subarray(listHeader(raw).header);
  const { header, payload } = listHeader(inner);
  const fields = RLP.decode(inner.subarray(0, header + payload));
  const number = Array.isArray(fields) ? fields[NUMBER] : undefined;
  const difficulty = Array.isArray(fields) ? fields[DIFFICULTY] : undefined;
  if (!(number instanceof Uint8Array) || !(difficulty instanceof Uint8Array)) {
    throw new ImportError("a block of the chain file has no header");
  }
  return { number: Number(bytesToBigInt(number)), difficulty: bytesToBigInt(difficulty) };
}
