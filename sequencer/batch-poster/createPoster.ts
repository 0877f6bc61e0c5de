import type { Redis } from "ioredis";
import type { Registry } from "prom-client";
import { rollupAbi } from "../../contracts/index.ts";
import type { Sql } from "../../infra/index.ts";
import type { BraidError, Hex } from "../../protocol/index.ts";
import type { ChainStore } from "../chain-store/index.ts";
import {
  createBroadcaster,
  createL1Client,
  createSidecarVersion,
  createTransactionManager,
  createTransactionMetrics,
  createTransactionStore,
  type L1Signer,
  type MakeBlobs,
  type PriceCeiling,
  type SidecarVersion,
} from "../l1-transactions/index.ts";
import type { BatchLog } from "./batchLog.ts";
import { type BatchPoster, createBatchPoster } from "./createBatchPoster.ts";
import type { DataAvailability } from "./planPostings.ts";
import { createPosterMetrics, type PosterMetrics } from "./posterMetrics.ts";
import type { BuildProofInput } from "./proofInputs.ts";
import { createProofPump, type ProofPump } from "./proofPump.ts";
import { createProofRequests } from "./proofRequests.ts";
import { createRollupContract } from "./rollupContract.ts";

/** What an operator sets. Milliseconds, wei. */
export interface PosterSettings {
  dataAvailability: DataAvailability;
  /** Form of the blobs' proofs; undefined: the one that L1 takes. */
  sidecarVersion: SidecarVersion | undefined;
  ceiling: PriceCeiling;
  /** Wei that may be spent in any 24 hours. */
  dailyLimit: bigint;
  commitDeadlineMs: number;
  bumpAfterMs: number;
  pollingIntervalMs: number;
  maxUnpostedBatches: number;
  maxInFlight: number;
  /** Warn when the balance lasts for fewer hours. */
  warnBelowHours: number;
  /** Addresses of the provers, each with a queue of its own; none: one queue for whoever proves. */
  provers: readonly Hex[];
}

export interface PosterOptions {
  settings: PosterSettings;
  chain: ChainStore;
  sql: Sql;
  redis: Redis;
  registry: Registry;
  log: BatchLog;
  l1Url: string;
  rollup: Hex;
  deployedAtBlock?: number;
  signer: L1Signer;
  makeBlobs: MakeBlobs;
  /** Undefined: nothing is proven or finalized here. */
  buildProofInput: BuildProofInput | undefined;
  /** Batches from this number on must become one that reaches this block. */
  onOverdue: (fromBatch: number, throughBlock: number) => Promise<void>;
  onFatal: (error: BraidError) => void;
  /** Queue name; one per rollup when several share a Redis. */
  queueName?: string;
  /** Longest pause between tries. Default 5,000. */
  maxBackoffMs?: number;
  /** BullMQ's prefix of the proof queues. */
  proofQueuePrefix?: string;
}

const QUEUE = "braid-settlement";
/** A commitment that L1 did not take in so many bumps may go the other way. */
const BUMPS_BEFORE_OTHER_KIND = 4;

/** The poster with all its parts. */
export function createPoster(options: PosterOptions): BatchPoster {
  const { settings, chain, log, registry, signer, makeBlobs } = options;
  const client = createL1Client(options.l1Url, rollupAbi);
  const { rollup: address, deployedAtBlock = 0 } = options;
  const rollup = createRollupContract({ client, rollup: address, deployedAtBlock });
  const store = createTransactionStore(options.sql);
  const sidecarVersion = createSidecarVersion(client, settings.sidecarVersion);
  const metrics = createPosterMetrics(registry);
  const manager = createTransactionManager({
    client,
    store,
    broadcaster: createBroadcaster({ client, store, signer, log, makeBlobs, sidecarVersion }),
    log,
    metrics: createTransactionMetrics(registry),
    bumpAfterMs: settings.bumpAfterMs,
    maxInFlight: settings.maxInFlight,
    ceiling: settings.ceiling,
    dailyLimit: settings.dailyLimit,
    warnBelowHours: settings.warnBelowHours,
  });
  return createBatchPoster({
    chain,
    redis: options.redis,
    client,
    rollup,
    signer,
    transactions: { manager, store },
    makeBlobs,
    proofs: proofPump(options, { client, rollup, metrics }),
    log,
    metrics,
    onFatal: options.onFatal,
    onOverdue: options.onOverdue,
    dataAvailability: settings.dataAvailability,
    commitDeadlineMs: settings.commitDeadlineMs,
    maxUnpostedBatches: settings.maxUnpostedBatches,
    keepKindForMs: BUMPS_BEFORE_OTHER_KIND * settings.bumpAfterMs,
    maxInFlight: settings.maxInFlight,
    pollingIntervalMs: settings.pollingIntervalMs,
    maxBackoffMs: options.maxBackoffMs ?? 5_000,
    queueName: options.queueName ?? QUEUE,
  });
}

function proofPump(
  { chain, redis, log, settings, buildProofInput, onFatal, proofQueuePrefix }: PosterOptions,
  parts: Pick<Parameters<typeof createProofPump>[0], "client" | "rollup"> & { metrics: PosterMetrics },
): ProofPump | undefined {
  if (buildProofInput === undefined) return undefined;
  const requests = createProofRequests({
    chain,
    redis,
    log,
    metrics: parts.metrics,
    buildInput: buildProofInput,
    provers: settings.provers,
    ...(proofQueuePrefix === undefined ? {} : { prefix: proofQueuePrefix }),
  });
  return createProofPump({ chain, ...parts, requests, log, onFatal });
}
