import type { Transaction } from "../../../protocol/index.ts";

/** What the block under construction holds so far. */
export interface BlockProgress {
  count: number;
  /** Sum of the gas limits: an upper bound of what the block will use. */
  gas: bigint;
  /** Sum of the signed envelopes' lengths. */
  bytes: number;
}

/** One reason to close a block. A transaction joins only when every rule admits it. */
export interface SealingRule {
  name: "gas" | "count" | "size";
  admits(progress: BlockProgress, transaction: Transaction): boolean;
}
