import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { untilAborted } from "../../infra/index.ts";
import type { Transaction } from "../../protocol/index.ts";
import { lastPoolEvent, readPoolEvents } from "./poolEvents.ts";

/** What the pool takes in, for subscriptions. */
export interface PendingTransactionFeed {
  /** Returns the function that ends it. A listener must not throw. */
  onTransaction(listener: (transaction: Transaction) => void): () => void;
  stop(): Promise<void>;
}

const RETRY_MS = 500;

/**
 * Follows the pool's event stream while anyone listens; what happens while Redis is away may be missed.
 * `follower`: a connection of its own.
 */
export function createPendingTransactionFeed(
  follower: Redis,
  onError: (error: unknown) => void,
): PendingTransactionFeed {
  const listeners = new Set<(transaction: Transaction) => void>();
  const stopped = new AbortController();
  const { signal } = stopped;
  let running: Promise<void> | undefined;

  async function follow(): Promise<void> {
    let last: number | undefined;
    while (!signal.aborted && listeners.size > 0) {
      try {
        last ??= await untilAborted(lastPoolEvent(follower), signal);
        const events = await untilAborted(readPoolEvents(follower, last), signal);
        last = events.at(-1)?.number ?? Math.min(last, await untilAborted(lastPoolEvent(follower), signal));
        for (const event of events) {
          if (event.kind === "unreadable") onError(event.error);
          if (event.kind === "add") for (const listener of listeners) listener(event.entry.transaction);
        }
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  function ensureRunning(): void {
    running ??= follow().finally(() => {
      running = undefined;
      if (!signal.aborted && listeners.size > 0) ensureRunning();
    });
  }

  return {
    onTransaction(listener) {
      listeners.add(listener);
      ensureRunning();
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped.abort();
      follower.disconnect();
      await running;
    },
  };
}
