import type { Redis } from "ioredis";
import { type Block, type BlockRef, BraidError, bytesEqual } from "../../../protocol/index.ts";
import type { ChainStore } from "../../chain-store/types.ts";
import type { BlockCache } from "../blocks/blockCache.ts";
import type { RpcLogger } from "../context.ts";
import { decodeHeadMessage, HEADS_CHANNEL } from "./headMessage.ts";

export interface Heads {
  latest: BlockRef;
  /** Number of the last block whose batch is on L1. */
  safe: number;
  /** Number of the last block that is proven and final on L1. */
  finalized: number;
}

/** Follows the chain's heads. Listeners see every block after the start exactly once, in order. */
export interface HeadTracker {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Throws HeadUnknownError before the chain has a block. */
  heads(): Heads;
  /** Returns the function that ends it. A listener must not throw. */
  onBlock(listener: (block: Block) => void): () => void;
  /** The chain went back to this block; those after it come again as other ones. As `onBlock` otherwise. */
  onRollback(listener: (to: BlockRef) => void): () => void;
  /** For the process that makes the blocks: saves the way through Redis and PostgreSQL. */
  announce(head: { number: number; safe: number; finalized: number }, block?: Block): Promise<void>;
}

/** The chain has no block yet, or the tracker was not started. */
export class HeadUnknownError extends BraidError {
  constructor() {
    super("RPC_HEAD_UNKNOWN", "the chain has no block yet", { retryable: true });
  }
}

export interface HeadTrackerDependencies {
  chain: Pick<ChainStore, "head" | "safeBlock" | "finalizedBlock" | "blockByNumber" | "headerByNumber">;
  blocks: BlockCache;
  logger: RpcLogger;
  /** A connection of its own, in subscriber mode. Left out in the process that announces by itself. */
  redis?: Redis;
  /** How often PostgreSQL is asked for a head that no message told of. */
  pollMs?: number;
}

const REMEMBERED_HASHES = 4096;

/**
 * Pub/sub messages may be lost, doubled or late. So a message only says how far the chain is: the blocks up to there
 * come from PostgreSQL in order, one advance at a time, and a poll notices what no message told.
 *
 * A chain that was rolled back shows by a head that is lower or another one than ours, or by a block that does not name
 * ours as its parent. Then the last block that PostgreSQL still has is looked for, and followed from there.
 */
export function createHeadTracker(dependencies: HeadTrackerDependencies): HeadTracker {
  const { chain, blocks, logger, redis } = dependencies;
  const pollMs = dependencies.pollMs ?? 1000;
  const listeners = new Set<(block: Block) => void>();
  const rollbackListeners = new Set<(to: BlockRef) => void>();
  /** Hashes of the last blocks, to find where the chain parted. */
  const hashes = new Map<number, Uint8Array>();
  let current: Heads | undefined;
  let queue: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function notify(block: Block): void {
    for (const listener of listeners) {
      try {
        listener(block);
      } catch (error) {
        logger.error({ err: error, block: block.header.number }, "listener of new blocks failed");
      }
    }
  }

  function remember(latest: BlockRef): void {
    hashes.set(latest.number, latest.hash);
    hashes.delete(latest.number - REMEMBERED_HASHES);
  }

  /** Goes down to the last of our blocks that the chain still has. False when that is where we are. */
  async function rollBack(): Promise<boolean> {
    if (current === undefined) return false;
    const from = current.latest.number;
    let number = Math.min(from, (await chain.head())?.number ?? 0);
    let found = await chain.headerByNumber(number);
    while (number > 0 && found !== undefined && hashes.has(number) && !isOurs(number, found.hash)) {
      number--;
      found = await chain.headerByNumber(number);
    }
    if (found === undefined || (number === from && isOurs(number, found.hash))) return false;
    blocks.forgetAfter(isOurs(number, found.hash) ? number : -1);
    for (const known of [...hashes.keys()]) if (known > number) hashes.delete(known);
    const latest = { number, hash: found.hash };
    remember(latest);
    current = { ...current, latest };
    for (const listener of rollbackListeners) {
      try {
        listener(latest);
      } catch (error) {
        logger.error({ err: error, block: number }, "listener of rollbacks failed");
      }
    }
    return true;
  }

  function isOurs(number: number, hash: Uint8Array): boolean {
    const known = hashes.get(number);
    return known !== undefined && bytesEqual(known, hash);
  }

  /** A head below ours may be old news, or the chain went back: PostgreSQL knows. */
  async function followBack(): Promise<void> {
    const head = await chain.head();
    if (current === undefined || head === undefined || head.number > current.latest.number) return;
    if (!isOurs(head.number, head.hash) || head.number < current.latest.number) await rollBack();
  }

  async function advanceTo(number: number, offered: Block | undefined): Promise<void> {
    let next = current === undefined ? number : current.latest.number + 1;
    for (; next <= number && !stopped; next++) {
      const block = offered?.header.number === next ? offered : await chain.blockByNumber(next);
      // Not there yet: a message overtook the read. The next message or poll comes back to it.
      if (block === undefined) return;
      if (current !== undefined && !bytesEqual(block.header.parentHash, current.latest.hash)) {
        if (!(await rollBack())) return;
        next = current.latest.number;
        continue;
      }
      blocks.add(block);
      const first = current === undefined;
      const latest = { number: next, hash: block.hash };
      remember(latest);
      current = { latest, safe: current?.safe ?? 0, finalized: current?.finalized ?? 0 };
      if (!first) notify(block);
    }
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    const run = queue.then(work);
    queue = run.catch((error: unknown) =>
      logger.warn({ err: error }, "following the head failed, will retry"),
    );
    return run;
  }

  function advance(head: { number: number; safe: number; finalized: number }, block?: Block): Promise<void> {
    return enqueue(async () => {
      if (current !== undefined && head.number <= current.latest.number && block === undefined) {
        await followBack();
      }
      await advanceTo(head.number, block);
      if (current !== undefined) current = { ...current, safe: head.safe, finalized: head.finalized };
    });
  }

  async function catchUp(): Promise<void> {
    const safe = await chain.safeBlock();
    const finalized = await chain.finalizedBlock();
    await enqueue(async () => {
      const head = await chain.head();
      if (head === undefined) return;
      await followBack();
      await advanceTo(head.number, undefined);
      if (current === undefined) return;
      current = {
        ...current,
        safe: Math.max(safe, current.safe),
        finalized: Math.max(finalized, current.finalized),
      };
    });
  }

  const catchUpQuietly = () => {
    catchUp().catch((error: unknown) => logger.warn({ err: error }, "reading the head failed, will retry"));
  };

  function onMessage(_channel: string, text: string): void {
    const message = decodeHeadMessage(text);
    if (message === undefined) {
      logger.warn({ channel: HEADS_CHANNEL }, "unreadable head message ignored");
      return;
    }
    // `enqueue` has reported a failure already.
    advance(message).catch(() => undefined);
  }

  return {
    async start() {
      stopped = false;
      if (redis !== undefined) {
        redis.on("message", onMessage);
        redis.on("ready", catchUpQuietly);
        await redis.subscribe(HEADS_CHANNEL);
      }
      await catchUp();
      timer = setInterval(catchUpQuietly, pollMs);
      timer.unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      if (redis !== undefined) {
        redis.off("message", onMessage);
        redis.off("ready", catchUpQuietly);
        if (redis.status === "ready") await redis.unsubscribe(HEADS_CHANNEL);
      }
      await queue;
    },
    heads() {
      if (current === undefined) throw new HeadUnknownError();
      return current;
    },
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onRollback(listener) {
      rollbackListeners.add(listener);
      return () => rollbackListeners.delete(listener);
    },
    announce: advance,
  };
}
