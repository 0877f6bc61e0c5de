import path from "node:path";
import type { Registry } from "prom-client";
import type { Closers, Config, Logger, Sql } from "../infra/index.ts";
import type { Block } from "../protocol/index.ts";
import { type Posting, type SettledHeads, startPosting } from "./batch-poster/index.ts";
import { systemClock } from "./block-builder/blockBuilder.ts";
import type { L1Source } from "./block-builder/l1Source.ts";
import type { ChainStore } from "./chain-store/index.ts";
import type { ChainPlan, SettledOn } from "./deployment/index.ts";
import { createL1Watcher, type L1WatcherTarget } from "./l1-watcher/index.ts";

export interface SettlementOptions {
  config: Config;
  chain: ChainStore;
  sql: Sql;
  redisUrl: string;
  registry: Registry;
  logger: Logger;
  closers: Closers;
  l1Url: string;
  plan: ChainPlan;
  l1: SettledOn;
  /** Ends the role: neither posting nor building must go on. */
  fail(error: unknown): void;
  /** The safe or the finalized head moved, with L1. */
  onHeads(heads: SettledHeads): void;
}

/** Both ways between the chain and L1: batches up, messages down. */
export interface Settlement {
  /** After a block is durable, in order. */
  blockAppended(block: Block): void;
  /** Last blocks that are in a batch on L1, and final there. */
  heads(): SettledHeads;
  /** What blocks take from L1; without it, nothing. */
  source: L1Source | undefined;
  /** Looks at L1 once, then follows it for as long as the process lives. */
  followL1(target: L1WatcherTarget): Promise<void>;
}

/** How often block building looks whether the poster has caught up, in milliseconds. */
const BACKLOG_POLL_MS = 250;

export async function startSettlement(options: SettlementOptions): Promise<Settlement> {
  const { config, plan, l1, closers, logger } = options;
  const posting = await startPosting({
    ...options,
    rollup: l1.rollup,
    deployedAtBlock: l1.deployedAtBlock,
    stateDir: path.join(config.dataDir, "state"),
  });
  const watcher = createL1Watcher({
    sql: options.sql,
    registry: options.registry,
    chain: plan.genesis.config,
    log: logger,
    l1: {
      url: options.l1Url,
      portal: l1.portal,
      deployedAtBlock: l1.deployedAtBlock,
      confirmations: config.l1Confirmations,
      pollMs: config.l1PollMs,
    },
    onFatal: options.fail,
  });
  return {
    blockAppended: (block) => posting.blockAppended(block),
    heads: () => posting.heads(),
    source: heldBack(watcher.source, posting),
    async followL1(target) {
      await watcher.start({
        ...target,
        whileGoingBack: posting.whileGoingBack,
        async onRolledBack(head) {
          await posting.rolledBack(head.header.number);
          await target.onRolledBack(head);
        },
      });
      closers.add(() => watcher.stop());
    },
  };
}

/** A development chain's blocks are never posted and take nothing from L1: see docs/development-methods.md. */
export async function withoutSettlement(chain: ChainStore): Promise<Settlement> {
  const heads = { safe: await chain.safeBlock(), finalized: await chain.finalizedBlock() };
  return {
    blockAppended: () => undefined,
    heads: () => heads,
    source: undefined,
    followL1: () => Promise.resolve(),
  };
}

/** Nothing is built while too many batches wait for L1. */
function heldBack(source: L1Source, posting: Posting): L1Source {
  const isHeld = () => posting.backlog().full;
  return {
    ...source,
    ready: () => source.ready() && !isHeld(),
    changed: (signal) => (isHeld() ? systemClock.sleep(BACKLOG_POLL_MS, signal) : source.changed(signal)),
  };
}
