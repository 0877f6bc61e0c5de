import type { Redis } from "ioredis";
import { type Block, type BlockRef, BraidError } from "../../../protocol/index.ts";
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
  chain: Pick<ChainStore, "head" | "safeBlock" | "blockByNumber">;
  blocks: BlockCache;
  logger: RpcLogger;
  /** A connection of its own, in subscriber mode. Left out in the process that announces by itself. */
  redis?: Redis;
  /** How often PostgreSQL is asked for a head that no message told of. */
  pollMs?: number;
}

/**
 * Pub/sub messages may be lost, doubled or late. So a message only says how far the chain is: the blocks up to there
 * come from PostgreSQL in order, one advance at a time, and a poll notices what no message told.
 */
export function createHeadTracker(dependencies: HeadTrackerDependencies): HeadTracker {
  const { chain, blocks, logger, redis } = dependencies;
  const pollMs = dependencies.pollMs ?? 1000;
  const listeners = new Set<(block: Block) => void>();
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

  async function advanceTo(number: number, offered: Block | undefined): Promise<void> {
    let next = current === undefined ? number : current.latest.number + 1;
    for (; next <= number && !stopped; next++) {
      const block = offered?.header.number === next ? offered : await chain.blockByNumber(next);
      // Not there yet: a message overtook the read. The next message or poll comes back to it.
      if (block === undefined) return;
      blocks.add(block);
      const first = current === undefined;
      const latest = { number: next, hash: block.hash };
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
      await advanceTo(head.number, block);
      if (current !== undefined) current = { ...current, safe: head.safe, finalized: head.finalized };
    });
  }

  async function catchUp(): Promise<void> {
    const head = await chain.head();
    if (head === undefined) return;
    const safe = await chain.safeBlock();
    await enqueue(async () => {
      await advanceTo(head.number, undefined);
      if (current !== undefined) current = { ...current, safe: Math.max(safe, current.safe) };
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
    announce: advance,
  };
}
