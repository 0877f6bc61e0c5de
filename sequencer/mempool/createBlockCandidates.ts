import type { Redis } from "ioredis";
import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import { poolEntries } from "./poolEntries.ts";
import type { PoolEvent } from "./poolEvents.ts";
import { PoolFollower } from "./poolFollower.ts";
import { CHANGED_KEYS, POOL_KEYS } from "./poolKeys.ts";
import { PoolMirror } from "./poolMirror.ts";
import { definePoolScripts } from "./poolScripts.ts";
import type { BlockCandidates, SettledBlock } from "./types.ts";
import { WorkSignal } from "./workSignal.ts";

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
  /** How often transactions past their time are removed, in milliseconds. Default 1000. */
  expiryIntervalMs?: number;
  /** Each one once; must not throw. */
  onRejected(rejections: PoolRejection[]): void;
  /** Following the pool failed; it is tried again. */
  onError(error: unknown): void;
}

/** Senders, hashes or expired transactions of one settle command: few enough to keep Redis answering others. */
const SETTLE_GROUP = 500;

interface SenderNonce {
  sender: Uint8Array;
  nonce: bigint;
}

/**
 * The block builder's side of the pool. Lives: `start` loads the pool at a known place of the event stream, then a loop
 * follows the stream from there. Selecting touches memory only. Redis forgets a transaction only in `settle` (after the
 * block is durable) or by the pool's own rules, so a builder that dies loses nothing.
 */
export function createBlockCandidates(options: BlockCandidatesOptions): BlockCandidates {
  const { redis, onError } = options;
  definePoolScripts(redis);
  let stateNonce: (sender: Uint8Array) => bigint = () => 0n;
  let mirror = new PoolMirror(stateNonce);
  const work = new WorkSignal(() => mirror.readySenders > 0);
  const exclusive = createLock();
  const follower = new PoolFollower({ ...options, load: () => exclusive(load), apply });
  let expiryTimer: NodeJS.Timeout | undefined;
  let expiring: Promise<void> | undefined;

  async function load(): Promise<void> {
    const loaded = new PoolMirror(stateNonce);
    const late: Transaction[] = [];
    for await (const entry of poolEntries(redis, onError)) {
      if (!loaded.add(entry)) late.push(entry.transaction);
    }
    mirror = loaded;
    work.wake();
    // Mined just before a crash, most of them; whoever asks is told by the chain first.
    if (late.length > 0) await forget(late);
  }

  async function apply(events: PoolEvent[]): Promise<void> {
    const rejections: PoolRejection[] = [];
    const late: Transaction[] = [];
    for (const event of events) {
      if (event.kind === "add") {
        if (!mirror.add(event.entry)) late.push(event.entry.transaction);
      } else if (event.kind === "remove") {
        mirror.remove(event.sender, event.hash);
        const { hash, sender, reason } = event;
        if (reason !== "") rejections.push({ hash, sender, reason });
      } else onError(event.error);
    }
    work.wake();
    if (rejections.length > 0) options.onRejected(rejections);
    if (late.length > 0) await forget(late);
  }

  /** Added by an RPC process that had not seen the last block yet: the nonce is taken. */
  async function forget(late: Transaction[]): Promise<void> {
    await settleInRedis([], late);
    options.onRejected(late.map(({ hash, sender }) => ({ hash, sender, reason: "nonce too low" })));
  }

  async function settle(block: SettledBlock): Promise<void> {
    const next = new Map<string, SenderNonce>();
    for (const { sender, nonce } of block.included) {
      next.set(bytesToHex(sender), { sender, nonce: nonce + 1n });
    }
    const dropped = block.dropped.map(({ transaction }) => transaction);
    for (const { sender, nonce } of next.values()) mirror.advance(sender, nonce);
    for (const { sender, hash } of dropped) {
      mirror.remove(sender, hash);
      mirror.refresh(sender);
    }
    if (block.included.some(({ type }) => type === 4)) mirror.refreshWaiting();
    await settleInRedis([...next.values()], dropped);
  }

  /** Loads at once; what came meanwhile is found when the follower loads again. */
  async function resync(): Promise<void> {
    const senders = await redis.hkeysBuffer(POOL_KEYS.next);
    const rejections: PoolRejection[] = [];
    for (let at = 0; at < senders.length; at += SETTLE_GROUP) {
      const group = senders.slice(at, at + SETTLE_GROUP);
      const gone = await redis.braidPoolResyncBuffer(
        ...CHANGED_KEYS,
        POOL_KEYS.senderPrefix,
        ...group.flatMap((sender) => [sender, stateNonce(sender).toString()]),
      );
      for (let i = 0; i + 1 < gone.length; i += 2) {
        const [hash, sender] = [new Uint8Array(gone[i] ?? []), new Uint8Array(gone[i + 1] ?? [])];
        rejections.push({ hash, sender, reason: "nonce too low" });
      }
    }
    if (rejections.length > 0) options.onRejected(rejections);
    follower.markStale();
    await load();
  }

  async function reject(rejected: SettledBlock["dropped"]): Promise<void> {
    await settle({ included: [], dropped: rejected });
    options.onRejected(
      rejected.map(({ transaction: { hash, sender }, reason }) => ({ hash, sender, reason })),
    );
  }

  async function settleInRedis(senders: SenderNonce[], dropped: Transaction[]): Promise<void> {
    for (let at = 0; at < Math.max(senders.length, dropped.length); at += SETTLE_GROUP) {
      const end = at + SETTLE_GROUP;
      await settleGroup(senders.slice(at, end), dropped.slice(at, end));
    }
  }

  /** Returns how many transactions expired. */
  function settleGroup(senders: SenderNonce[], dropped: Transaction[]): Promise<number> {
    return redis.braidPoolSettle(
      ...CHANGED_KEYS,
      ...[POOL_KEYS.senderPrefix, Date.now() - options.timeToLiveMs, SETTLE_GROUP, senders.length],
      ...senders.flatMap(({ sender, nonce }) => [Buffer.from(sender), nonce.toString()]),
      ...dropped.map(({ hash }) => Buffer.from(hash)),
    );
  }

  async function expire(): Promise<void> {
    try {
      while ((await settleGroup([], [])) === SETTLE_GROUP && expiryTimer !== undefined);
    } catch (error) {
      if (expiryTimer !== undefined) onError(error);
    } finally {
      expiring = undefined;
    }
  }

  return {
    async start(nonceOf) {
      stateNonce = nonceOf;
      await follower.start();
      expiryTimer = setInterval(() => {
        expiring ??= expire();
      }, options.expiryIntervalMs ?? 1000);
      expiryTimer.unref();
    },
    async stop() {
      clearInterval(expiryTimer);
      expiryTimer = undefined;
      work.wakeAll();
      await follower.stop();
      await expiring;
    },
    executable: () => mirror.executable,
    waitForWork: (signal) => work.wait(signal),
    select: (limits) => mirror.select(limits),
    reject: (rejected) => exclusive(() => reject(rejected)),
    settle: (block) => exclusive(() => settle(block)),
    caughtUp: () => follower.caughtUp(),
    resync: () => exclusive(resync),
  };
}

/** Loading and settling take turns: what a page still held must not come back after a block removed it. */
function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result;
    return result;
  };
}
