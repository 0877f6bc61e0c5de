import { LRUCache } from "lru-cache";
import { type Block, bytesToHex } from "../../../protocol/index.ts";
import type { HeadTracker } from "../heads/headTracker.ts";

/** Remembers blocks that clients were told of, so that they can be taken back when the head goes back. */
export interface RollbackJournal {
  /** Gets the blocks that left the chain, newest first, before any block takes their place. Returns the end. */
  onRollback(listener: (removed: readonly Block[]) => void): () => void;
  /** By its hash, 0x-hex, a block that is no longer in the chain. */
  removed(hash: string): Block | undefined;
  stop(): void;
}

const BLOCKS_KEPT = 1000;
const BYTES_KEPT = 32 * 1024 * 1024;
/** Decoded transactions take about this much more than the bytes that they were decoded from. */
const BYTES_PER_TRANSACTION = 2500;

const bounded = <Key extends string | number>() =>
  new LRUCache<Key, Block>({
    max: BLOCKS_KEPT,
    maxSize: BYTES_KEPT,
    sizeCalculation: (block) => block.size + 4096 + block.transactions.length * BYTES_PER_TRANSACTION,
  });

export function createRollbackJournal(heads: Pick<HeadTracker, "onBlock" | "onRollback">): RollbackJournal {
  const recent = bounded<number>();
  const gone = bounded<string>();
  const listeners = new Set<(removed: readonly Block[]) => void>();
  const endBlocks = heads.onBlock((block) => recent.set(block.header.number, block));
  const endRollbacks = heads.onRollback((to) => {
    const removed = [...recent.values()].filter(({ header }) => header.number > to.number);
    removed.sort((one, other) => other.header.number - one.header.number);
    for (const block of removed) {
      recent.delete(block.header.number);
      gone.set(bytesToHex(block.hash), block);
    }
    for (const listener of listeners) listener(removed);
  });
  return {
    onRollback(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    removed: (hash) => gone.get(hash),
    stop() {
      endBlocks();
      endRollbacks();
    },
  };
}
