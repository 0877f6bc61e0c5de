import type { Redis } from "ioredis";
import { BraidError, bytesToHex } from "../../../protocol/index.ts";
import { decodePoolEntry } from "../../mempool/poolEntry.ts";
import { lastPoolEvent } from "../../mempool/poolEvents.ts";
import { POOL_KEYS } from "../../mempool/poolKeys.ts";
import type { RpcLimits } from "../limits.ts";
import type { SubscriptionHub } from "../subscriptions/subscriptionHub.ts";

/** Hashes of transactions in the order in which the pool took them, to be read from any place on. */
export interface PendingJournal {
  /** The place behind the newest one. */
  position(): Promise<string>;
  /** What came after `position`, as far as it is kept, and the place behind that. */
  after(position: string): Promise<{ hashes: string[]; position: string }>;
  stop(): void;
}

/** In memory: hears the pool only while somebody asks, and keeps the newest hashes. */
export function createMemoryPendingJournal(
  hub: SubscriptionHub,
  limits: Pick<RpcLimits, "filterBacklog" | "filterIdleMs">,
): PendingJournal {
  let hashes: string[] = [];
  let first = 0;
  let askedAt = 0;
  let end: (() => void) | undefined;

  function stop(): void {
    end?.();
    end = undefined;
  }

  function hear(text: string): void {
    hashes.push(text.slice(1, -1));
    if (hashes.length >= 2 * limits.filterBacklog) {
      first += hashes.length - limits.filterBacklog;
      hashes = hashes.slice(-limits.filterBacklog);
    }
    if (performance.now() - askedAt > limits.filterIdleMs) stop();
  }

  function listen(): void {
    askedAt = performance.now();
    end ??= hub.pendingTransactions(false, hear);
  }

  return {
    async position() {
      listen();
      return String(first + hashes.length);
    },
    async after(position) {
      listen();
      const begin = Math.max(0, Number(position) - first);
      return { hashes: hashes.slice(begin), position: String(first + hashes.length) };
    },
    stop,
  };
}

/** Events read at once, and at most for one poll; what is left comes with the next one. */
const PAGE = 500;

/** Redis keeps the pool's newest events anyway: a place in that stream is all that a filter needs. */
export function createRedisPendingJournal(
  redis: Redis,
  limits: Pick<RpcLimits, "filterBacklog">,
): PendingJournal {
  return {
    position: async () => String(await lastPoolEvent(redis)),
    async after(position) {
      const hashes: string[] = [];
      let last = Number(position);
      while (hashes.length < limits.filterBacklog) {
        const events = await redis.xrangeBuffer(POOL_KEYS.events, `(${last}-0`, "+", "COUNT", PAGE);
        for (const [id, [name, entry]] of events) {
          last = Number.parseInt(id.toString("latin1"), 10);
          const hash = name?.toString("latin1") === "entry" ? hashOf(entry) : undefined;
          if (hash !== undefined) hashes.push(hash);
        }
        if (events.length < PAGE) break;
      }
      return { hashes, position: String(last) };
    },
    stop: () => undefined,
  };
}

/** Undefined: an entry that cannot be read, which the pool's own followers report. */
function hashOf(entry: Buffer | undefined): string | undefined {
  if (entry === undefined) return undefined;
  try {
    return bytesToHex(decodePoolEntry(entry).transaction.hash);
  } catch (error) {
    if (error instanceof BraidError) return undefined;
    throw error;
  }
}
