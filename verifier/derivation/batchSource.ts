import type { L1Header, L1Message } from "../l1/l1Types.ts";
import type { L1Batch } from "../types.ts";

/** Where the batch before ended. Byte fields are 32 bytes. */
export interface BatchEnd {
  number: number;
  hash: Uint8Array;
  lastBlock: number;
  messagesConsumed: number;
  rollingHash: Uint8Array;
  originNumber: number;
  originHash: Uint8Array;
  sequenceNumber: number;
}

/** A batch as it was posted. Nothing in it is trusted. */
export interface BatchSource {
  batch: L1Batch;
  /** As L1 has it: how its last block stands in its origin, only its blocks say. */
  previous: Omit<BatchEnd, "sequenceNumber">;
  /** As posted: the calldata's bytes, or the blobs, which have been found to have the hashes that the batch names. */
  posted: { kind: "calldata"; data: Uint8Array } | { kind: "blobs"; blobs: Uint8Array[] };
}

/** L1's part: the queue by index, blocks by number. */
export interface L1Data {
  message(index: number): L1Message | undefined;
  header(number: number): L1Header | undefined;
}
