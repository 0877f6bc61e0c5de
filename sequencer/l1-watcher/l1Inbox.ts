import { BraidError, InvariantError } from "../../protocol/index.ts";
import type { ForcedSkip, L1Source } from "../block-builder/l1Source.ts";
import { MOST_MESSAGES } from "../block-builder/takeFromL1.ts";
import type { L1BlockRecord, L1Chain, L1Position } from "../chain-store/index.ts";

/** L1 as far as the watcher has read and stored it. */
export interface L1View {
  /** The newest confirmed block. */
  origin: L1BlockRecord;
  /** Messages queued up to it. */
  messages: number;
}

/** Between the watcher, which publishes what it has stored, and the block builder, which takes it. */
export interface L1Inbox extends L1Source {
  publish(view: L1View): void;
}

export interface L1InboxOptions {
  l1Chain: Pick<L1Chain, "pending">;
  /** Waits before a retry; rejects or returns early when the sequencer stops. */
  pause(ms: number): Promise<void>;
  onBuilt(position: L1Position, skipped: ForcedSkip[]): void;
}

const RETRY_DELAY_MS = 250;
const MAX_ATTEMPTS = 40;

export function createL1Inbox({ l1Chain, pause, onBuilt }: L1InboxOptions): L1Inbox {
  let view: L1View | undefined;
  const waiting = new Set<() => void>();

  async function next(position: L1Position) {
    if (view === undefined) throw new InvariantError("a block is built before anything is known of L1");
    const { origin, messages } = view;
    if (messages <= position.messagesConsumed) return { origin, messages: [] };
    for (let attempt = 1; ; attempt++) {
      try {
        return {
          origin,
          messages: await l1Chain.pending(position.messagesConsumed, origin.number, MOST_MESSAGES),
        };
      } catch (error) {
        if (!(error instanceof BraidError) || !error.retryable || attempt === MAX_ATTEMPTS) throw error;
        await pause(RETRY_DELAY_MS);
      }
    }
  }

  return {
    ready: () => view !== undefined,
    hasMessages: ({ messagesConsumed }) => view !== undefined && view.messages > messagesConsumed,
    next,
    changed: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const finish = () => {
          waiting.delete(finish);
          signal.removeEventListener("abort", finish);
          resolve();
        };
        waiting.add(finish);
        signal.addEventListener("abort", finish, { once: true });
      }),
    built: onBuilt,
    publish(next) {
      view = next;
      for (const finish of [...waiting]) finish();
    },
  };
}
