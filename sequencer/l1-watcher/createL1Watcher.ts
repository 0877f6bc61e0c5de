import type { Registry } from "prom-client";
import { BraidError, type ChainConfig, type Hex, InvariantError } from "../../protocol/index.ts";
import type { BlockBuilder, ChainTip } from "../block-builder/blockBuilder.ts";
import type { L1Source } from "../block-builder/l1Source.ts";
import type { RollbackDeps } from "../block-builder/rollbackChain.ts";
import { createL1Chain, forgetRequeued, requeuedTransactions, truncateAfter } from "../chain-store/index.ts";
import type { Mempool } from "../mempool/index.ts";
import { createL1Follower } from "./followL1.ts";
import { createL1Inbox } from "./l1Inbox.ts";
import { createL1Reader } from "./l1Reader.ts";
import { requeueTransactions } from "./requeueTransactions.ts";
import { rewindL2 } from "./rewindL2.ts";
import { L1MessagesError } from "./watcherErrors.ts";
import type { WatcherLog } from "./watcherLog.ts";
import { createWatcherMetrics } from "./watcherMetrics.ts";

type Sql = Parameters<typeof createL1Chain>[0];

export interface L1WatcherOptions {
  sql: Sql;
  l1: {
    url: string;
    portal: Hex;
    /** The first block that can hold an event of the settlement. */
    deployedAtBlock: number;
    /** Blocks on top of one before L2 builds on it. */
    confirmations: number;
    /** Milliseconds between looks. */
    pollMs: number;
    /** Most blocks whose events are asked for at once. Default 1000. */
    maxRange?: number;
  };
  chain: ChainConfig;
  registry: Registry;
  log: WatcherLog;
  /** Something happened that the sequencer must not go on past. */
  onFatal(error: unknown): void;
}

/** What the watcher does to L2. */
export interface L1WatcherTarget {
  builder: Pick<BlockBuilder, "between">;
  /** For going back; `truncateAfter` is the watcher's own. */
  rollback: Omit<RollbackDeps, "truncateAfter">;
  pool: Pick<Mempool, "add">;
  /** Runs what takes the chain back, while nobody else works on the blocks that go. Default: there is nobody else. */
  whileGoingBack?: <T>(goBack: () => Promise<T>) => Promise<T>;
  /** The chain ends here now: everyone who keeps later blocks must forget them. Nothing is built meanwhile. */
  onRolledBack(head: ChainTip): Promise<void>;
}

export interface L1Watcher {
  /** For the block builder, which builds nothing until the watcher has started. */
  source: L1Source;
  /** Looks once, then follows L1 until `stop`. An L1 that is away does not fail it. */
  start(target: L1WatcherTarget): Promise<void>;
  stop(): Promise<void>;
}

/** L2 gas that one L1 block can sell (ResourceMetering), and the L1 attributes: a block must have room for both. */
const LEAST_BLOCK_GAS = 21_000_000n;
const LONGEST_PAUSE_MS = 15_000;
/** A node that is behind itself, as one of many behind one address can be, gets so many tries. */
const MAX_DISAGREEMENTS = 8;

/** Follows L1: see docs/l1-messages.md. */
export function createL1Watcher(options: L1WatcherOptions): L1Watcher {
  const { sql, l1, log } = options;
  if (options.chain.gasLimit < LEAST_BLOCK_GAS) {
    throw new BraidError(
      "GAS_LIMIT_TOO_LOW",
      `blocks of ${options.chain.gasLimit} gas cannot hold every deposit`,
      {
        hint: `Set BRAID_GAS_LIMIT to ${LEAST_BLOCK_GAS} or more.`,
      },
    );
  }
  const metrics = createWatcherMetrics(options.registry);
  const l1Chain = createL1Chain(sql);
  const stopping = new AbortController();
  const pause = (ms: number) => sleep(ms, stopping.signal);
  const inbox = createL1Inbox({
    l1Chain,
    pause,
    onBuilt(position, skipped) {
      metrics.messages.set({ state: "consumed" }, position.messagesConsumed);
      metrics.forcedSkipped.inc(skipped.length);
      if (skipped.length > 0) log.info({ skipped }, "forced transactions were not valid in their turn");
    },
  });
  let running: Promise<void> | undefined;
  let requeueDue = true;

  async function requeue({ pool, rollback }: L1WatcherTarget): Promise<void> {
    if (!requeueDue) return;
    const { requeued, refused } = await requeueTransactions({
      undone: (limit) => requeuedTransactions(sql, limit),
      forget: (upTo) => forgetRequeued(sql, upTo),
      pool,
      state: () => rollback.executor.state(),
      chain: rollback.chain,
    });
    requeueDue = false;
    metrics.requeued.inc({ outcome: "taken" }, requeued);
    metrics.requeued.inc({ outcome: "refused" }, refused);
    if (requeued + refused > 0)
      log.warn({ requeued, refused }, "transactions of undone blocks went back to the pool");
  }

  function follow(target: L1WatcherTarget) {
    const rollback: RollbackDeps = {
      ...target.rollback,
      truncateAfter: (number) => truncateAfter(sql, number, { requeue: true }),
    };
    return createL1Follower({
      reader: createL1Reader(l1.url, l1.portal),
      l1Chain,
      confirmations: l1.confirmations,
      firstBlock: l1.deployedAtBlock,
      ...(l1.maxRange === undefined ? {} : { maxRange: l1.maxRange }),
      pause: () => pause(l1.pollMs),
      async onReorg(ancestor, replaced) {
        log.warn({ ancestor: ancestor.number, replaced: replaced.number }, "L1 replaced confirmed blocks");
        requeueDue = true;
        const { onRolledBack, builder, whileGoingBack = (goBack) => goBack() } = target;
        const undone = await rewindL2(ancestor, {
          ...{ builder, l1Chain, rollback, log, onRolledBack, whileGoingBack, signal: stopping.signal },
          onForgotten: async () => {
            inbox.publish({ origin: ancestor, messages: (await l1Chain.queueEnd()).count });
          },
        });
        metrics.reorgs.inc();
        metrics.undone.inc(undone);
        await requeue(target);
      },
      onView(view) {
        metrics.origin.set(view.origin.number);
        metrics.messages.set({ state: "queued" }, view.messages);
        inbox.publish(view);
      },
    });
  }

  async function run(look: () => Promise<void>): Promise<void> {
    let failures = 0;
    let disagreements = 0;
    while (!stopping.signal.aborted) {
      await pause(Math.min(l1.pollMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS));
      if (stopping.signal.aborted) return;
      try {
        await look();
        if (failures > 0) log.info({ failures }, "L1 answers again");
        failures = 0;
        disagreements = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        disagreements = error instanceof L1MessagesError ? disagreements + 1 : 0;
        if (!mayRetry(error) || disagreements >= MAX_DISAGREEMENTS) throw error;
        noteFailure(error, failures++);
      }
    }
  }

  function noteFailure(error: unknown, before: number): void {
    metrics.failures.inc();
    const reason = error instanceof Error ? error.message : String(error);
    if (before === 0) log.warn({ reason }, "looking at L1 failed; L2 goes on without new origins");
  }

  return {
    source: inbox,
    async start(target) {
      if (running !== undefined) throw new InvariantError("the L1 watcher runs already");
      const follower = follow(target);
      const look = async () => {
        await requeue(target);
        await follower.look(stopping.signal);
      };
      try {
        await look();
      } catch (error) {
        if (!mayRetry(error)) throw error;
        noteFailure(error, 0);
        const origin = await l1Chain.newest();
        const { count } = await l1Chain.queueEnd();
        if (origin !== undefined && origin.number >= l1.deployedAtBlock)
          inbox.publish({ origin, messages: count });
      }
      running = run(look).catch((error: unknown) => {
        const { message, code } =
          error instanceof BraidError ? error : { message: String(error), code: undefined };
        log.error({ code, reason: message }, "following L1 stopped");
        options.onFatal(error);
      });
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function mayRetry(error: unknown): boolean {
  return error instanceof L1MessagesError || (error instanceof BraidError && error.retryable);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish, { once: true });
  });
}
