import { LRUCache } from "lru-cache";
import type { BlockCache } from "./blocks/blockCache.ts";
import type { HeadTracker } from "./heads/headTracker.ts";

/** Transactions that this process took in and has not yet seen in a block. */
export interface SubmittedTransactions {
  /** `hash`: 0x-hex, lower case. */
  add(hash: string): void;
  /** True: it is in no block up to the head that this process has seen, so PostgreSQL need not be asked. */
  isWaiting(hash: string): boolean;
  stop(): void;
}

const CAPACITY = 200_000;
const FORGET_AFTER_MS = 60_000;

/**
 * Spares PostgreSQL the receipt polls of clients who wait. Never claims a mined transaction: a hash leaves when its
 * block passes, and one whose block passed before `add` is found in the block cache and not taken.
 */
export function createSubmittedTransactions(heads: HeadTracker, blocks: BlockCache): SubmittedTransactions {
  const waiting = new LRUCache<string, true>({ max: CAPACITY, ttl: FORGET_AFTER_MS });
  const unsubscribe = heads.onBlock((block) => {
    if (waiting.size === 0) return;
    for (const hash of blocks.transactionHashes(block)) waiting.delete(hash);
  });
  return {
    add(hash) {
      if (blocks.findTransaction(hash) === undefined) waiting.set(hash, true);
    },
    isWaiting: (hash) => waiting.has(hash),
    stop: unsubscribe,
  };
}
