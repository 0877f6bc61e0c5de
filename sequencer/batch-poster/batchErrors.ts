import { BraidError, bytesToHex } from "../../protocol/index.ts";

/** L1 and the database contradict each other: going on could only do harm. */
export class BatchChainError extends BraidError {
  constructor(message: string, hint: string) {
    super("BATCH_CHAIN_BROKEN", message, { hint });
  }
}

export function otherChain(number: number, onL1: Uint8Array): BatchChainError {
  return new BatchChainError(
    `batch ${number} is ${bytesToHex(onL1)} on L1, which is none of ours`,
    "This database and this rollup belong to different chains: check the rollup's address, or deploy a new one.",
  );
}
