import type { Redis } from "ioredis";
import { BraidError, DecodeError } from "../../protocol/index.ts";
import { decodePoolEntry, type PoolEntry } from "./poolEntry.ts";
import { POOL_KEYS } from "./poolKeys.ts";

/**
 * A change of the pool. `number`: from 1, without gaps. `reason` is empty where the block builder removed a transaction
 * for a reason that it keeps itself.
 */
export type PoolEvent =
  | { kind: "add"; number: number; entry: PoolEntry }
  | { kind: "remove"; number: number; hash: Uint8Array; sender: Uint8Array; reason: string }
  | { kind: "unreadable"; number: number; error: BraidError };

const READ_COUNT = 1000;
const BLOCK_MS = 1000;
/** Far above BLOCK_MS: whoever is silent for longer is gone, or its answer is lost. */
const SILENCE_MS = 5000;

/**
 * Waits about a second for events after number `last`; the connection is busy meanwhile. While Redis is down the
 * command waits for the reconnect and is sent again; when an open connection falls silent it is opened anew.
 */
export async function readPoolEvents(redis: Redis, last: number): Promise<PoolEvent[]> {
  const watch = setInterval(() => {
    if (redis.status === "ready") redis.disconnect(true);
  }, SILENCE_MS);
  watch.unref();
  try {
    const reply = await redis.xreadBuffer(
      ...(["COUNT", READ_COUNT, "BLOCK", BLOCK_MS] as const),
      ...(["STREAMS", POOL_KEYS.events, `${last}-0`] as const),
    );
    const events: PoolEvent[] = [];
    for (const [, messages] of reply ?? []) {
      for (const [id, fields] of messages) events.push(toEvent(id, fields));
    }
    return events;
  } finally {
    clearInterval(watch);
  }
}

/** Number of the newest event; 0 when there was none yet. */
export async function lastPoolEvent(redis: Redis): Promise<number> {
  return Number((await redis.get(POOL_KEYS.sequence)) ?? 0);
}

function toEvent(id: Buffer, fields: Buffer[]): PoolEvent {
  const number = Number.parseInt(id.toString("latin1"), 10);
  const [name, first, , sender, , reason] = fields;
  if (first !== undefined && name?.toString("latin1") === "entry") {
    try {
      return { kind: "add", number, entry: decodePoolEntry(first) };
    } catch (error) {
      if (error instanceof BraidError) return { kind: "unreadable", number, error };
      throw error;
    }
  }
  if (first === undefined || sender === undefined) {
    return {
      kind: "unreadable",
      number,
      error: new DecodeError(`pool event ${number} is neither add nor remove`),
    };
  }
  return {
    kind: "remove",
    number,
    hash: new Uint8Array(first),
    sender: new Uint8Array(sender),
    reason: reason?.toString() ?? "removed",
  };
}
