/** The L1 transaction that posted a batch: its data, or the blobs that carry it. */
import { toFunctionSelector } from "viem";
import { rollupAbi } from "../../contracts/index.ts";
import { bytesEqual, bytesToBigInt, bytesToHex, DecodeError, hexToBytes } from "../../protocol/index.ts";

const SELECTOR_BYTES = 4;
const WORD = 32;
/** `commitBatch(BatchHeader header, bytes data)`: the header's ten words stand in the head, then the data's offset. */
const OFFSET_PLACE = 10 * WORD;

const selectorOf = (name: string) => {
  const item = rollupAbi.find((one) => one.type === "function" && one.name === name);
  if (item === undefined || item.type !== "function") throw new TypeError(`the rollup has no ${name}`);
  return hexToBytes(toFunctionSelector(item));
};
const COMMIT = selectorOf("commitBatch");
const COMMIT_BLOBS = selectorOf("commitBatchBlobs");

/** The data argument, as Solidity reads it: wherever in the input it stands. Throws DecodeError. */
export function commitBatchData(input: Uint8Array): Uint8Array {
  checkSelector(input, COMMIT);
  const args = input.subarray(SELECTOR_BYTES);
  const offset = numberAt(args, OFFSET_PLACE, "offset of the data");
  const length = numberAt(args, offset, "length of the data");
  const from = offset + WORD;
  if (from + length > args.length) {
    throw new DecodeError(`data of ${length} bytes at ${from}, in arguments of ${args.length}`);
  }
  return args.slice(from, from + length);
}

/** Throws DecodeError unless the input is that of a commitment whose data is in blobs. */
export function checkCommitBlobs(input: Uint8Array): void {
  checkSelector(input, COMMIT_BLOBS);
}

function checkSelector(input: Uint8Array, selector: Uint8Array): void {
  const found = input.subarray(0, SELECTOR_BYTES);
  if (!bytesEqual(found, selector)) throw new DecodeError(`a call of ${bytesToHex(found)}`);
}

function numberAt(args: Uint8Array, at: number, what: string): number {
  if (at + WORD > args.length) throw new DecodeError(`${what}: the input ends before`);
  const value = bytesToBigInt(args.subarray(at, at + WORD));
  if (value > BigInt(args.length)) throw new DecodeError(`${what}: ${value} is beyond the input`);
  return Number(value);
}
