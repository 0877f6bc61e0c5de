import type { Redis } from "ioredis";
import type { Transaction } from "../../protocol/index.ts";
import { lastPoolEventId, readPoolEvents } from "./poolEvents.ts";

/** What the pool takes in, for subscriptions. */
export interface PendingTransactionFeed {
  /** Returns the function that ends it. A listener must not throw. */
  onTransaction(listener: (transaction: Transaction) => void): () => void;
  stop(): Promise<void>;
}

const BLOCK_MS = 1000;
const RETRY_MS = 500;

/** Follows the pool's event stream while anyone listens. `follower`: a connection of its own. */
export function createPendingTransactionFeed(
  follower: Redis,
  onError: (error: unknown) => void,
): PendingTransactionFeed {
  const listeners = new Set<(transaction: Transaction) => void>();
  let stopped = false;
  let running: Promise<void> | undefined;

  async function follow(): Promise<void> {
    let lastId: string | undefined;
    while (!stopped && listeners.size > 0) {
      try {
        lastId ??= await lastPoolEventId(follower);
        const events = await readPoolEvents(follower, lastId, BLOCK_MS);
        lastId = events.at(-1)?.id ?? lastId;
        for (const event of events) {
          if (event.kind === "add") for (const listener of listeners) listener(event.entry.transaction);
        }
      } catch (error) {
        if (stopped) return;
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  function ensureRunning(): void {
    running ??= follow().finally(() => {
      running = undefined;
      if (!stopped && listeners.size > 0) ensureRunning();
    });
  }

  return {
    onTransaction(listener) {
      listeners.add(listener);
      ensureRunning();
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      follower.disconnect();
      await running;
    },
  };
}
