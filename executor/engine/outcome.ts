import type { Log } from "../../protocol/index.ts";
import type { ReadSet, WriteSet } from "./access.ts";

/** How a transaction ran on some state, with all that is needed to judge whether that state was the right one. */
export interface DoneOutcome {
  kind: "done";
  /** 1 = succeeded, 0 = reverted. */
  status: 0 | 1;
  gasUsed: bigint;
  /** 256 bytes. */
  logsBloom: Uint8Array;
  logs: Log[];
  /** 20 bytes, when the transaction created a contract. */
  contractAddress: Uint8Array | undefined;
  /** Tip for the fee recipient that `writes` does not contain yet; undefined when it does, and for deposits. */
  fee: bigint | undefined;
  /** Deposits only: the sender's nonce before it. */
  depositNonce?: bigint;
  reads: ReadSet;
  writes: WriteSet;
}

/** The transaction cannot be part of a block on that state. */
export interface InvalidOutcome {
  kind: "invalid";
  reason: string;
  retryable: boolean;
  reads: ReadSet;
}

export type Outcome = DoneOutcome | InvalidOutcome;

export const EMPTY_BLOOM = new Uint8Array(256);
