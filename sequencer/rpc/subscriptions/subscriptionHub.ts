import type { Block, Transaction } from "../../../protocol/index.ts";
import { bytesToHex } from "../../../protocol/index.ts";
import { blockLogs } from "../blocks/blockLogs.ts";
import type { PendingTransactionFeed } from "../context.ts";
import { formatHeader } from "../format/block.ts";
import { formatLog } from "../format/log.ts";
import { formatTransaction } from "../format/transaction.ts";
import type { HeadTracker } from "../heads/headTracker.ts";
import type { LogCriteria } from "../schema/logFilter.ts";
import { removedLogs } from "./removedLogs.ts";
import type { RollbackJournal } from "./rollbackJournal.ts";

/** Gets each result of a subscription as JSON text. */
export type Deliver = (result: string) => void;

/** Block numbers, both included. */
export interface LogBorders {
  first: number;
  last: number;
}

/** Fans blocks and pooled transactions out to subscribers. Each function returns the one that ends the subscription. */
export interface SubscriptionHub {
  newHeads(deliver: Deliver): () => void;
  /** Logs of new blocks from `first` to `last`, and those of blocks that left the chain, marked as removed. */
  logs(criteria: LogCriteria & LogBorders, deliver: Deliver): () => void;
  /** `full`: whole transactions instead of hashes. */
  pendingTransactions(full: boolean, deliver: Deliver): () => void;
  stop(): void;
}

/** One listener for all: each header and transaction is formatted once, however many subscribers there are. */
export function createSubscriptionHub(
  heads: Pick<HeadTracker, "onBlock">,
  rollbacks: Pick<RollbackJournal, "onRollback">,
  pending: PendingTransactionFeed,
): SubscriptionHub {
  const headSubscribers = new Set<Deliver>();
  const logSubscribers = new Map<Deliver, LogCriteria & LogBorders>();
  const hashSubscribers = new Set<Deliver>();
  const fullSubscribers = new Set<Deliver>();
  let endFeed: (() => void) | undefined;

  function onBlock(block: Block): void {
    if (headSubscribers.size > 0) {
      const text = JSON.stringify(formatHeader(block.header, block.hash));
      for (const deliver of headSubscribers) deliver(text);
    }
    for (const [deliver, criteria] of logSubscribers) {
      if (!isWithin(block, criteria)) continue;
      for (const log of blockLogs(block, criteria)) deliver(JSON.stringify(formatLog(log)));
    }
  }

  function onRollback(removed: readonly Block[]): void {
    for (const [deliver, criteria] of logSubscribers) {
      for (const block of removed) {
        if (!isWithin(block, criteria)) continue;
        for (const log of removedLogs(block, criteria)) deliver(JSON.stringify(log));
      }
    }
  }

  function onTransaction(transaction: Transaction): void {
    if (hashSubscribers.size > 0) {
      const text = `"${bytesToHex(transaction.hash)}"`;
      for (const deliver of hashSubscribers) deliver(text);
    }
    if (fullSubscribers.size > 0) {
      const text = JSON.stringify(formatTransaction(transaction));
      for (const deliver of fullSubscribers) deliver(text);
    }
  }

  /** The pool is followed only while somebody wants it. */
  function followPool(): void {
    const wanted = hashSubscribers.size + fullSubscribers.size > 0;
    if (wanted) endFeed ??= pending.onTransaction(onTransaction);
    else {
      endFeed?.();
      endFeed = undefined;
    }
  }

  const endBlocks = heads.onBlock(onBlock);
  const endRollbacks = rollbacks.onRollback(onRollback);
  return {
    newHeads(deliver) {
      headSubscribers.add(deliver);
      return () => headSubscribers.delete(deliver);
    },
    logs(criteria, deliver) {
      logSubscribers.set(deliver, criteria);
      return () => logSubscribers.delete(deliver);
    },
    pendingTransactions(full, deliver) {
      const subscribers = full ? fullSubscribers : hashSubscribers;
      subscribers.add(deliver);
      followPool();
      return () => {
        subscribers.delete(deliver);
        followPool();
      };
    },
    stop() {
      endBlocks();
      endRollbacks();
      endFeed?.();
    },
  };
}

const isWithin = ({ header }: Block, { first, last }: LogBorders): boolean =>
  header.number >= first && header.number <= last;
