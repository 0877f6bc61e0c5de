import type { Redis } from "ioredis";
import { DecodeError } from "../../protocol/index.ts";
import { decodePoolEntry, type PoolEntry } from "./poolEntry.ts";
import { POOL_KEYS } from "./poolKeys.ts";

export type PoolEvent =
  | { kind: "add"; id: string; entry: PoolEntry }
  | { kind: "remove"; id: string; hash: Uint8Array; sender: Uint8Array; reason: string };

const READ_COUNT = 1000;

/** Waits up to `blockMs` for events after `lastId`; the connection is busy meanwhile. */
export async function readPoolEvents(redis: Redis, lastId: string, blockMs: number): Promise<PoolEvent[]> {
  const reply = await redis.xreadBuffer(
    "COUNT",
    READ_COUNT,
    "BLOCK",
    blockMs,
    "STREAMS",
    POOL_KEYS.events,
    lastId,
  );
  const events: PoolEvent[] = [];
  for (const [, messages] of reply ?? []) {
    for (const [id, fields] of messages) events.push(toEvent(id.toString(), fields));
  }
  return events;
}

/** Id of the newest event; "0-0" when there was none yet. */
export async function lastPoolEventId(redis: Redis): Promise<string> {
  const [newest] = await redis.xrevrange(POOL_KEYS.events, "+", "-", "COUNT", 1);
  return newest?.[0] ?? "0-0";
}

function toEvent(id: string, fields: Buffer[]): PoolEvent {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [fields[i], fields[i + 1]];
    if (name !== undefined && value !== undefined) byName.set(name.toString(), value);
  }
  const entry = byName.get("entry");
  if (entry !== undefined) return { kind: "add", id, entry: decodePoolEntry(entry) };
  const [hash, sender] = [byName.get("hash"), byName.get("sender")];
  if (hash === undefined || sender === undefined)
    throw new DecodeError(`pool event ${id} is neither add nor remove`);
  return {
    kind: "remove",
    id,
    hash: new Uint8Array(hash),
    sender: new Uint8Array(sender),
    reason: byName.get("reason")?.toString() ?? "removed",
  };
}
