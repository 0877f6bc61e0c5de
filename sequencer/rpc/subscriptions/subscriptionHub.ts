import type { Block, Transaction } from "../../../protocol/index.ts";
import { bytesToHex } from "../../../protocol/index.ts";
import { blockLogs } from "../blocks/blockLogs.ts";
import type { PendingTransactionFeed } from "../context.ts";
import { formatHeader } from "../format/block.ts";
import { formatLog } from "../format/log.ts";
import { formatTransaction } from "../format/transaction.ts";
import type { HeadTracker } from "../heads/headTracker.ts";
import type { LogCriteria } from "../schema/logFilter.ts";

/** Gets each result of a subscription as JSON text. */
export type Deliver = (result: string) => void;

/** Fans blocks and pooled transactions out to subscribers. Each function returns the one that ends the subscription. */
export interface SubscriptionHub {
  newHeads(deliver: Deliver): () => void;
  logs(criteria: LogCriteria, deliver: Deliver): () => void;
  /** `full`: whole transactions instead of hashes. */
  pendingTransactions(full: boolean, deliver: Deliver): () => void;
  stop(): void;
}

/** One listener for all: each header and transaction is formatted once, however many subscribers there are. */
export function createSubscriptionHub(heads: HeadTracker, pending: PendingTransactionFeed): SubscriptionHub {
  const headSubscribers = new Set<Deliver>();
  const logSubscribers = new Map<Deliver, LogCriteria>();
  const hashSubscribers = new Set<Deliver>();
  const fullSubscribers = new Set<Deliver>();
  let endFeed: (() => void) | undefined;

  function onBlock(block: Block): void {
    if (headSubscribers.size > 0) {
      const text = JSON.stringify(formatHeader(block.header, block.hash));
      for (const deliver of headSubscribers) deliver(text);
    }
    for (const [deliver, criteria] of logSubscribers) {
      for (const log of blockLogs(block, criteria)) deliver(JSON.stringify(formatLog(log)));
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
      endFeed?.();
    },
  };
}
