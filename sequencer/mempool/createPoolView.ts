import type { Redis } from "ioredis";
import type { Block, Transaction } from "../../protocol/index.ts";
import { MempoolError } from "./mempoolError.ts";
import { poolEntries } from "./poolEntries.ts";
import type { PoolEvent } from "./poolEvents.ts";
import { PoolFollower } from "./poolFollower.ts";
import { PoolMirror } from "./poolMirror.ts";
import type { SelectionLimits, SenderContent } from "./types.ts";

/** The pool at one moment. Read it before anything is waited for: it moves on. */
export interface PoolMoment {
  /** Grows with every change of the pool. */
  version: number;
  /** Transactions, executable and queued. */
  size: number;
  /** As the block builder would choose; see `BlockCandidates.select`. */
  select(limits: SelectionLimits): Transaction[];
  content(): SenderContent[];
}

/** The whole pool, for whoever only looks at it. */
export interface PoolView {
  /**
   * Holds all that was acknowledged before this call and still waits. `head`: the number of the latest block; when it
   * went back, the pool is read anew.
   */
  now(head: number): Promise<PoolMoment>;
  /** A block was sealed: its transactions are gone. */
  sealed(block: Block): void;
  stop(): Promise<void>;
}

export interface PoolViewOptions {
  /** For commands. */
  redis: Redis;
  /** Opens a connection of its own, which waits inside XREAD. */
  connect(): Promise<Redis>;
  /** The next nonce of a sender at `latest`. */
  stateNonce(sender: Uint8Array): bigint;
  /** Following the pool failed; it is tried again. */
  onError(error: unknown): void;
  /** A view that nobody asks for so long lets go of the pool, in milliseconds. */
  idleMs?: number;
}

const DEFAULT_IDLE_MS = 60_000;
const CATCH_UP_MS = 5000;

interface Following {
  follower: PoolFollower;
  mirror: PoolMirror;
  changes: number;
}

/**
 * A mirror of the pool that exists only while someone asks: a process that takes transactions in and never looks at the
 * pool as a whole pays nothing for it.
 */
export function createPoolView(options: PoolViewOptions): PoolView {
  const { redis, connect, stateNonce, onError, idleMs = DEFAULT_IDLE_MS } = options;
  let following: Promise<Following> | undefined;
  let current: Following | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let changes = 0;
  let lastHead = 0;

  async function follow(): Promise<Following> {
    const state: Following = {
      mirror: new PoolMirror(stateNonce),
      changes: ++changes,
      follower: new PoolFollower({
        redis,
        follower: await connect(),
        onError,
        async load() {
          const loaded = new PoolMirror(stateNonce);
          for await (const entry of poolEntries(redis, onError)) loaded.add(entry);
          state.mirror = loaded;
          state.changes = ++changes;
        },
        async apply(events) {
          apply(state.mirror, events, onError);
          state.changes = ++changes;
        },
      }),
    };
    await state.follower.start();
    current = state;
    return state;
  }

  async function release(): Promise<void> {
    clearTimeout(idleTimer);
    const ended = following;
    following = undefined;
    current = undefined;
    if (ended !== undefined) await ended.then(({ follower }) => follower.stop(), onError);
  }

  function keepAlive(): void {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => void release(), idleMs);
    idleTimer.unref();
  }

  return {
    async now(head) {
      if (head < lastHead) await release();
      lastHead = head;
      keepAlive();
      following ??= follow().catch((error: unknown) => {
        following = undefined;
        throw error;
      });
      const state = await following;
      await withinTime(state.follower.caughtUp());
      const { mirror } = state;
      return {
        version: state.changes,
        size: mirror.size,
        select: (limits) => mirror.select(limits),
        content: () => mirror.content(),
      };
    },
    sealed(block) {
      if (current === undefined) return;
      advance(current.mirror, block);
      current.changes = ++changes;
    },
    stop: release,
  };
}

function apply(mirror: PoolMirror, events: PoolEvent[], onError: (error: unknown) => void): void {
  for (const event of events) {
    if (event.kind === "add") mirror.add(event.entry);
    else if (event.kind === "remove") {
      mirror.remove(event.sender, event.hash);
      mirror.refresh(event.sender);
    } else onError(event.error);
  }
}

function advance(mirror: PoolMirror, { transactions }: Block): void {
  for (const { sender, nonce } of transactions) mirror.advance(sender, nonce + 1n);
  if (transactions.some(({ type }) => type === 4)) mirror.refreshWaiting();
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = "the transaction pool is not reachable, try again";
      reject(new MempoolError("MEMPOOL_UNAVAILABLE", message, { retryable: true }));
    }, CATCH_UP_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
