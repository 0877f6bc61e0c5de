import { bytesToBigInt, DecodeError, keccak256 } from "../../protocol/index.ts";

const HASH_BYTES = 32;

/** Hash and parent of a block, from its RLP; the transactions are not looked at. */
export function headerOf(raw: Uint8Array): { hash: Uint8Array; parentHash: Uint8Array } {
  const block = listAt(raw, 0);
  const header = listAt(raw, block.start);
  const parentHash = raw.subarray(header.start + 1, header.start + 1 + HASH_BYTES);
  if (block.end !== raw.length || raw[header.start] !== 0x80 + HASH_BYTES) throw malformed();
  return { hash: keccak256(raw.subarray(block.start, header.end)), parentHash };
}

/** Where a list's items begin and end. */
function listAt(raw: Uint8Array, at: number): { start: number; end: number } {
  const prefix = raw[at] ?? 0;
  if (prefix < 0xc0) throw malformed();
  const lengthBytes = prefix < 0xf8 ? 0 : prefix - 0xf7;
  const start = at + 1 + lengthBytes;
  const length = lengthBytes === 0 ? prefix - 0xc0 : Number(bytesToBigInt(raw.subarray(at + 1, start)));
  if (start + length > raw.length) throw malformed();
  return { start, end: start + length };
}

const malformed = () => new DecodeError("these bytes are not the RLP of a block");
