import type { Registry } from "prom-client";
import { type Closers, createRedis, type Logger } from "../infra/index.ts";
import type { Block, Hex } from "../protocol/index.ts";
import { createBatchPoster, createBatchSealer } from "./batch-poster/index.ts";
import type { ChainStore } from "./chain-store/index.ts";

export interface SettlementOptions {
  config: { batchIntervalMs: number; sequencerKey: Hex };
  chain: ChainStore;
  redisUrl: string;
  registry: Registry;
  logger: Logger;
  closers: Closers;
  l1Url: string;
  rollup: Hex;
  /** Ends the role: posting must not go on. */
  fail(error: unknown): void;
  /** The safe head moved, with L1. */
  onSafe(blockNumber: number): void;
}

export interface Settlement {
  /** After a block is durable, in order. */
  blockAppended(block: Block): void;
  /** Last block that is in a batch on L1. */
  safeBlock(): number;
}

/** Seals batches of the blocks it is given and posts them, for as long as the process lives. */
export async function startSettlement(options: SettlementOptions): Promise<Settlement> {
  const { config, chain, registry, logger, closers, fail } = options;
  let safe = await chain.safeBlock();
  const redis = await createRedis(options.redisUrl, { name: "braid-poster", blocking: true });
  closers.add(() => redis.disconnect());
  const poster = createBatchPoster({
    chain,
    redis,
    l1: { url: options.l1Url, key: config.sequencerKey, rollup: options.rollup },
    log: logger,
    registry,
    onFatal: fail,
  });
  poster.onSafeChanged((blockNumber) => {
    safe = blockNumber;
    options.onSafe(blockNumber);
  });
  const sealer = createBatchSealer({
    chain,
    log: logger,
    batchIntervalMs: config.batchIntervalMs,
    onSealed: (batch) => poster.batchSealed(batch.number),
    onFatal: fail,
  });
  await poster.start();
  closers.add(() => poster.stop());
  await sealer.start();
  closers.add(() => sealer.stop());
  return { blockAppended: (block) => sealer.blockAppended(block), safeBlock: () => safe };
}
