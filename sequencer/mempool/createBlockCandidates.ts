import { readFileSync } from "node:fs";
import type { Redis, Result } from "ioredis";
import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import { decodePoolEntry } from "./poolEntry.ts";
import { lastPoolEventId, type PoolEvent, readPoolEvents } from "./poolEvents.ts";
import { POOL_KEYS } from "./poolKeys.ts";
import { PoolMirror } from "./poolMirror.ts";
import type { BlockCandidates, SettledBlock } from "./types.ts";

declare module "ioredis" {
  interface RedisCommander<Context> {
    braidPoolSettle(...args: (string | number | Buffer)[]): Result<number, Context>;
  }
}

/** The pool took a transaction out by itself: replaced, evicted, expired. */
export interface PoolRejection {
  hash: Uint8Array;
  sender: Uint8Array;
  reason: string;
}

export interface BlockCandidatesOptions {
  /** For commands. */
  redis: Redis;
  /** A connection of its own: it waits inside XREAD. */
  follower: Redis;
  timeToLiveMs: number;
  /** Each one once; must not throw. */
  onRejected(rejections: PoolRejection[]): void;
  /** Following the pool failed; it is tried again. */
  onError(error: unknown): void;
}

const SETTLE = readFileSync(new URL("./lua/settle.lua", import.meta.url), "utf8");
const BLOCK_MS = 1000;
const RETRY_MS = 200;
/** Hashes that one settle command drops. */
const DROP_GROUP = 1000;

/**
 * The block builder's side of the pool. Lives: `start` loads the pool at a known place of the event stream, then a loop
 * follows the stream from there. Selecting touches memory only. Redis forgets a transaction only in `settle` (after the
 * block is durable) or by the pool's own rules, so a builder that dies loses nothing.
 */
export function createBlockCandidates(options: BlockCandidatesOptions): BlockCandidates {
  const { redis, follower } = options;
  redis.defineCommand("braidPoolSettle", { lua: SETTLE });
  let mirror = new PoolMirror(() => 0n);
  let waiters: (() => void)[] = [];
  let stopped = true;
  let following: Promise<void> = Promise.resolve();

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  async function apply(events: PoolEvent[]): Promise<void> {
    const rejections: PoolRejection[] = [];
    const late: Transaction[] = [];
    for (const event of events) {
      if (event.kind === "add") {
        if (!mirror.add(event.entry)) late.push(event.entry.transaction);
      } else {
        mirror.remove(event.sender, event.hash);
        rejections.push({ hash: event.hash, sender: event.sender, reason: event.reason });
      }
    }
    if (mirror.readySenders > 0) wake();
    if (late.length > 0) await forget(late);
    if (rejections.length > 0) options.onRejected(rejections);
  }

  /** Added by an RPC process that had not seen the last block yet: the nonce is taken. */
  async function forget(late: Transaction[]): Promise<void> {
    await drop(late.map(({ hash }) => Buffer.from(hash)));
    options.onRejected(late.map(({ hash, sender }) => ({ hash, sender, reason: "nonce too low" })));
  }

  async function drop(hashes: Buffer[]): Promise<void> {
    for (let at = 0; at < hashes.length; at += DROP_GROUP) {
      await settleInRedis([], hashes.slice(at, at + DROP_GROUP));
    }
  }

  async function follow(fromId: string): Promise<void> {
    let lastId = fromId;
    while (!stopped) {
      try {
        const events = await readPoolEvents(follower, lastId, BLOCK_MS);
        lastId = events.at(-1)?.id ?? lastId;
        await apply(events);
      } catch (error) {
        if (stopped) return;
        options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async function settle(block: SettledBlock): Promise<void> {
    const next = new Map<string, { sender: Uint8Array; nonce: bigint }>();
    for (const { sender, nonce } of block.included) {
      next.set(bytesToHex(sender), { sender, nonce: nonce + 1n });
    }
    for (const { sender, nonce } of next.values()) mirror.advance(sender, nonce);
    for (const { transaction } of block.dropped) {
      mirror.remove(transaction.sender, transaction.hash);
      mirror.refresh(transaction.sender);
    }
    if (block.included.some(({ type }) => type === 4)) mirror.refreshWaiting();
    if (next.size > 0) await settleInRedis([...next.values()], []);
    await drop(block.dropped.map(({ transaction }) => Buffer.from(transaction.hash)));
  }

  async function settleInRedis(
    senders: { sender: Uint8Array; nonce: bigint }[],
    dropped: Buffer[],
  ): Promise<void> {
    const { txs, next, price, arrivals, events, senderPrefix } = POOL_KEYS;
    const pairs = senders.flatMap(({ sender, nonce }) => [Buffer.from(sender), nonce.toString()]);
    const expireBefore = Date.now() - options.timeToLiveMs;
    await redis.braidPoolSettle(
      ...[5, txs, next, price, arrivals, events],
      ...[senderPrefix, expireBefore, senders.length, ...pairs, ...dropped],
    );
  }

  return {
    async start(stateNonce) {
      stopped = false;
      mirror = new PoolMirror(stateNonce);
      const fromId = await lastPoolEventId(redis);
      const late: Transaction[] = [];
      for await (const bytes of poolEntries(redis)) {
        const entry = decodePoolEntry(bytes);
        if (!mirror.add(entry)) late.push(entry.transaction);
      }
      // Mined just before a crash, most of them; whoever asks is told by the chain first.
      if (late.length > 0) await forget(late);
      following = follow(fromId);
    },
    async stop() {
      stopped = true;
      wake();
      follower.disconnect();
      await following;
    },
    executable: () => mirror.readySenders,
    waitForWork(signal) {
      if (mirror.readySenders > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        waiters.push(resolve);
      });
    },
    select: (limits) => mirror.select(limits),
    settle,
  };
}

/** All entries, a page at a time; one that comes or goes meanwhile is told by the event stream. */
async function* poolEntries(redis: Redis): AsyncGenerator<Buffer> {
  let cursor = "0";
  do {
    const [next, page] = await redis.hscanBuffer(POOL_KEYS.txs, cursor, "COUNT", 1000);
    for (let i = 1; i < page.length; i += 2) {
      const entry = page[i];
      if (entry !== undefined) yield entry;
    }
    cursor = next.toString();
  } while (cursor !== "0");
}
