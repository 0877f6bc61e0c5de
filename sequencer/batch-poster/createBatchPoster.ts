/**
 * Posts sealed batches to L1.
 *
 * PostgreSQL says what has to be posted, L1 says what is posted; the BullMQ queue only spreads the work and spaces the
 * tries, and may be lost at any time: the reconciler fills it again from both truths, at start and every few seconds.
 * A job is one batch number. Its handler is safe to run twice and in any process; see batchSender.ts for the order.
 */
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Registry } from "prom-client";
import { BraidError, InvariantError } from "../../protocol/index.ts";
import type { ChainStore } from "../chain-store/types.ts";
import { BatchChainError, L1Error, shortReason } from "./batchErrors.ts";
import type { BatchLog } from "./batchLog.ts";
import { createBatchSender } from "./batchSender.ts";
import { createL1Rollup, type L1Options } from "./l1Rollup.ts";
import { createPosterMetrics } from "./posterMetrics.ts";
import { reconcileBatches } from "./reconcileBatches.ts";

export interface BatchPosterOptions {
  chain: ChainStore;
  redis: Redis;
  l1: L1Options;
  log: BatchLog;
  registry: Registry;
  /** Posting has stopped because going on could only do harm. */
  onFatal: (error: BraidError) => void;
  /** Queue name; one per rollup when several share a Redis. Default "braid-batches". */
  queueName?: string;
  /** Batches sent and not yet mined. Default 16. */
  maxInFlight?: number;
  /** Default 15,000. */
  bumpAfterMs?: number;
  /** Default 250. */
  pollingIntervalMs?: number;
  /** Default 2,000. */
  reconcileIntervalMs?: number;
  /** Longest pause between tries. Default 5,000. */
  maxBackoffMs?: number;
  /** Wei. Default 500 gwei. */
  maxFeePerGas?: bigint;
}

export interface BatchPoster {
  /** Throws BatchChainError when L1 has no rollup or another chain. An L1 that is away does not fail it. */
  start(): Promise<void>;
  /** A batch was sealed: posts it without waiting for the reconciler. */
  batchSealed(number: number): void;
  /** Last L2 block that L1 has, on every change, downwards too when L1 reorganizes. Returns the unsubscriber. */
  onSafeChanged(listener: (blockNumber: number) => void): () => void;
  /** Waits for what is being written, not for L1. */
  stop(): Promise<void>;
}

interface BatchJob {
  number: number;
}

const EARLY_RETRY_MS = 100;
const LOCK_MS = 10_000;

export function createBatchPoster(options: BatchPosterOptions): BatchPoster {
  const { chain, redis, log, onFatal } = options;
  const queueName = options.queueName ?? "braid-batches";
  const reconcileIntervalMs = options.reconcileIntervalMs ?? 2_000;
  const maxBackoffMs = options.maxBackoffMs ?? 5_000;
  const maxInFlight = options.maxInFlight ?? 16;
  const metrics = createPosterMetrics(options.registry);
  const l1 = createL1Rollup(options.l1);
  const sender = createBatchSender({
    chain,
    l1,
    log,
    metrics,
    bumpAfterMs: options.bumpAfterMs ?? 15_000,
    pollingIntervalMs: options.pollingIntervalMs ?? 250,
    maxFeePerGas: options.maxFeePerGas ?? 500_000_000_000n,
  });
  const listeners = new Set<(blockNumber: number) => void>();
  const stopping = new AbortController();
  let queue: Queue<BatchJob> | undefined;
  let worker: Worker<BatchJob> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reconciling: Promise<void> = Promise.resolve();
  let safe: number | undefined;

  async function process(job: Job<BatchJob>, token?: string): Promise<void> {
    try {
      const outcome = await sender.send(job.data.number, stopping.signal);
      if (outcome === "committed") {
        await announceSafe();
        return;
      }
    } catch (error) {
      if (stopping.signal.aborted) {
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      fatalOrWarn(error, { batch: job.data.number });
      throw error instanceof BraidError ? error : new L1Error("posting a batch", error);
    }
    await job.moveToDelayed(Date.now() + EARLY_RETRY_MS, token);
    throw new DelayedError();
  }

  function fatalOrWarn(error: unknown, fields: object): void {
    if (error instanceof BatchChainError || error instanceof InvariantError) {
      if (stopping.signal.aborted) return;
      stopping.abort();
      log.error(
        { ...fields, code: error.code, reason: error.message, hint: error.hint },
        "batch posting stopped",
      );
      onFatal(error);
      return;
    }
    metrics.sent.inc({ outcome: "failed" });
    log.warn({ ...fields, reason: shortReason(error) }, "a batch could not be posted; trying again");
  }

  async function enqueue(numbers: number[]): Promise<void> {
    await queue?.addBulk(
      numbers.map((number) => ({ name: "post-batch", data: { number }, opts: { jobId: `batch-${number}` } })),
    );
  }

  async function announceSafe(): Promise<void> {
    const now = await chain.safeBlock();
    if (now === safe) return;
    safe = now;
    for (const listener of listeners) listener(now);
  }

  async function reconcile(): Promise<void> {
    const { unposted, l1Batch } = await reconcileBatches({ chain, l1, sender, log });
    // Only the next few: the queue stays short after a long outage.
    await enqueue(unposted.slice(0, maxInFlight * 4).map(({ number }) => number));
    metrics.unposted.set(unposted.length);
    metrics.lastBatch.set({ state: "committed" }, l1Batch);
    metrics.lastBatch.set({ state: "sealed" }, unposted.at(-1)?.number ?? l1Batch);
    await announceSafe();
    metrics.balance.set(Number(await l1.balance()) / 1e18);
  }

  function scheduleReconcile(): void {
    timer = setTimeout(() => {
      reconciling = reconcile()
        .catch((error: unknown) => fatalOrWarn(error, {}))
        .finally(() => {
          if (!stopping.signal.aborted) scheduleReconcile();
        });
    }, reconcileIntervalMs);
  }

  function startQueue(): void {
    const connection = redis.duplicate({ maxRetriesPerRequest: null });
    queue = new Queue<BatchJob>(queueName, {
      connection: redis,
      defaultJobOptions: {
        attempts: Number.MAX_SAFE_INTEGER,
        backoff: { type: "custom" },
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 1,
      },
    });
    worker = new Worker<BatchJob>(queueName, process, {
      connection,
      concurrency: maxInFlight,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 2,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      settings: { backoffStrategy: (attempts) => Math.min(200 * 2 ** Math.min(attempts, 16), maxBackoffMs) },
    });
    worker.on("closed", () => connection.disconnect());
    const onError = (error: Error) => log.warn({ reason: shortReason(error) }, "the batch queue has trouble");
    queue.on("error", onError);
    worker.on("error", onError);
  }

  return {
    async start() {
      try {
        await l1.check();
        await reconcile();
      } catch (error) {
        if (!(error instanceof L1Error)) throw error;
        log.warn({ reason: error.message }, "L1 is away; batches wait");
        await announceSafe();
      }
      startQueue();
      const unposted = await chain.unpostedBatches();
      await enqueue(unposted.slice(0, maxInFlight * 4).map(({ number }) => number));
      scheduleReconcile();
    },
    batchSealed(number) {
      // A lost job is found by the reconciler.
      enqueue([number]).catch((error: unknown) =>
        log.warn({ reason: shortReason(error) }, "a batch could not be queued"),
      );
    },
    onSafeChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await reconciling;
      await worker?.close();
      await queue?.close();
    },
  };
}
