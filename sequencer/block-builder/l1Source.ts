import type { SkippedTransaction } from "../../executor/index.ts";
import type { L1BlockRecord, L1Message, L1Position } from "../chain-store/types.ts";

/** L1 as block building sees it: confirmed blocks, and the messages that no block has consumed. */
export interface L1Source {
  /** False while nothing is known of L1: until then no block is built, for each has an L1 origin. */
  ready(): boolean;
  /** Whether messages wait for a block on one with this position. */
  hasMessages(position: L1Position): boolean;
  /** What the block after one with this position may take. */
  next(position: L1Position): Promise<{ origin: L1BlockRecord; messages: L1Message[] }>;
  /** Resolves when `ready` and `hasMessages` may answer otherwise than before, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  /** A block was built. `skipped`: forced transactions that were not valid in their turn. */
  built(position: L1Position, skipped: ForcedSkip[]): void;
}

/** A forced transaction that the block left out. */
export interface ForcedSkip {
  index: number;
  reason: SkippedTransaction["reason"];
}
