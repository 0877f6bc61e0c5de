/**
 * Brings sealed batches onto L1, proves and finalizes them.
 *
 * One step, `advance`, over and over: read L1 at one block, make the database agree with it, work out which
 * transactions are wanted, give them to the transaction manager. PostgreSQL and L1 hold all truth, so a step may fail
 * anywhere, run twice, or run after any outage. BullMQ wakes the step and spaces the tries; it may be lost at any time.
 */
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { BraidError, bytesEqual, InvariantError } from "../../protocol/index.ts";
import type { BatchRecord, ChainStore } from "../chain-store/index.ts";
import {
  type HoldReason,
  type L1Client,
  L1Error,
  type L1Signer,
  type L1View,
  type MakeBlobs,
  shortReason,
  type TransactionManager,
  type TransactionStore,
  type WantedTransaction,
} from "../l1-transactions/index.ts";
import { BatchChainError } from "./batchErrors.ts";
import type { BatchLog } from "./batchLog.ts";
import { overdueMessages } from "./overdueMessages.ts";
import { type DataAvailability, planPostings } from "./planPostings.ts";
import type { PosterMetrics } from "./posterMetrics.ts";
import type { ProofPump } from "./proofPump.ts";
import { hashBefore, reconcileBatches } from "./reconcileBatches.ts";
import type { RollupContract, RollupState } from "./rollupContract.ts";
import { wantedCommit, wantedFinality, wantedProof } from "./wantedTransactions.ts";

export interface BatchPosterOptions {
  chain: ChainStore;
  redis: Redis;
  client: L1Client;
  rollup: RollupContract;
  signer: L1Signer;
  transactions: { manager: TransactionManager; store: TransactionStore };
  makeBlobs: MakeBlobs;
  /** Undefined: nothing is proven or finalized. */
  proofs: ProofPump | undefined;
  log: BatchLog;
  metrics: PosterMetrics;
  /** Posting has stopped because going on could only do harm. */
  onFatal: (error: BraidError) => void;
  /** Batches from this number on must become one that reaches this block: L1 takes no shorter one any more. */
  onOverdue: (fromBatch: number, throughBlock: number) => Promise<void>;
  dataAvailability: DataAvailability;
  /** A sealed batch that is older is posted at any price. */
  commitDeadlineMs: number;
  /** More batches than this without L1: block building is asked to pause. */
  maxUnpostedBatches: number;
  /** Commitments on their way keep their kind of data for so long. */
  keepKindForMs: number;
  maxInFlight: number;
  pollingIntervalMs: number;
  /** Longest pause between tries. */
  maxBackoffMs: number;
  /** Queue name; one per rollup when several share a Redis. */
  queueName: string;
}

/** How far posting is behind. */
export interface Backlog {
  unposted: number;
  /** No more blocks should be built until there is room. */
  full: boolean;
}

export interface PosterStatus {
  /** Why L1 transactions wait, if they do. */
  held: HoldReason | undefined;
  refusal: { number: number; refusal: unknown } | undefined;
}

export interface BatchPoster {
  /** Throws BatchChainError when L1 has no rollup or another chain. An L1 that is away does not fail it. */
  start(): Promise<void>;
  /** A batch was sealed: posts it without waiting. */
  batchSealed(): void;
  /** Last L2 blocks that L1 has, and has as final, on every change, downwards too when L1 reorganizes. */
  onHeadsChanged(listener: (heads: SettledHeads) => void): () => void;
  backlog(): Backlog;
  status(): PosterStatus;
  /** Nothing is posted, proven or read for it meanwhile. */
  pausedFor<T>(step: () => Promise<T>): Promise<T>;
  /** One look at L1, now: the database agrees with it afterwards. Throws L1Error. */
  reconcile(): Promise<void>;
  /** Waits for what is being written, not for L1. */
  stop(): Promise<void>;
}

export interface SettledHeads {
  safe: number;
  finalized: number;
}

const LOCK_MS = 30_000;

export function createBatchPoster(options: BatchPosterOptions): BatchPoster {
  const { chain, client, rollup, signer, transactions, proofs, log, metrics, redis } = options;
  const listeners = new Set<(heads: SettledHeads) => void>();
  const stopping = new AbortController();
  let queue: Queue | undefined;
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let heads: SettledHeads | undefined;
  let unposted = 0;
  /** L1 waits for a message that no block has consumed. */
  let blocksWanted = false;
  let held: HoldReason | undefined;
  let refusal: PosterStatus["refusal"];
  /** Steps never overlap, whoever asks for them. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = turn.then(step);
    turn = result.catch(() => undefined);
    return result;
  }

  const blobHashes = async (data: Uint8Array) => (await options.makeBlobs(data)).versionedHashes;

  async function look(): Promise<{ view: L1View; state: RollupState }> {
    const view = await client.view(signer.address);
    const state = await rollup.state(view.blockNumber);
    try {
      await reconcileBatches({ chain, rollup, log, blobHashes }, state, view.blockNumber);
    } catch (error) {
      if (!(error instanceof BatchChainError) || (await stands(view))) throw error;
      throw new L1Error("reading the rollup", new TypeError("L1 reorganized meanwhile"));
    }
    await announce();
    return { view, state };
  }

  async function stands({ blockNumber, blockHash }: L1View): Promise<boolean> {
    const now = await client.blockHash(blockNumber);
    return now !== undefined && bytesEqual(now, blockHash);
  }

  /** Gives whether there is more to do at once. */
  async function advance(): Promise<boolean> {
    const { view, state } = await look();
    refusal = await chain.firstRefusal();
    metrics.refused.set(refusal === undefined ? 0 : 1);
    const wanted = [...(await commits(view, state)), ...(await proofsAndFinality(view, state))];
    const result = await transactions.manager.sync(view, wanted);
    held = result.held;
    await measure(state);
    return result.mined;
  }

  async function commits(view: L1View, state: RollupState): Promise<WantedTransaction[]> {
    await mergeOverdue(view);
    const sealed = await chain.batchesIn(["sealed"], options.maxInFlight);
    if (sealed.length === 0) return [];
    const open = await transactions.store.open();
    const now = Date.now();
    const planned = await planPostings(sealed, {
      chain,
      prices: view.prices,
      previousHash: await hashBefore(chain, state.committed + 1),
      sent: open.filter((transaction) => transaction.purpose === "commit" && transaction.state === "sent"),
      dataAvailability: options.dataAvailability,
      keepForMs: options.keepKindForMs,
      blobHashes,
      now,
    });
    return planned.map((batch) =>
      wantedCommit(rollup, batch, now - batch.batch.sealedAt > options.commitDeadlineMs),
    );
  }

  async function mergeOverdue(view: L1View): Promise<void> {
    const [first] = await chain.batchesIn(["sealed"], 1);
    const waited = blocksWanted;
    blocksWanted = false;
    if (first === undefined) return;
    const messages = await rollup.messages(view.blockNumber);
    const overdue = await overdueMessages(chain, first, messages, view.blockNumber);
    if (overdue === undefined) return;
    blocksWanted = overdue.kind === "unconsumed";
    if (!waited) {
      log.warn({ batch: first.number, ...overdue }, "a message is overdue: the next batch must reach it");
    }
    if (overdue.kind === "merge") await options.onOverdue(first.number, overdue.throughBlock);
  }

  async function proofsAndFinality(view: L1View, state: RollupState): Promise<WantedTransaction[]> {
    // Nothing is proven or made final beside a batch that is wrong.
    if (proofs === undefined || refusal !== undefined) return [];
    const ready = await proofs.ready(state, options.maxInFlight);
    const proven = await chain.batchesIn(["proven"], 1_000);
    const open = await transactions.store.open();
    return [
      ...ready.flatMap((batch) => wantedProof(rollup, batch)),
      ...wantedFinality(rollup, state, proven, open, view.timestamp),
    ];
  }

  async function announce(): Promise<void> {
    const now = { safe: await chain.safeBlock(), finalized: await chain.finalizedBlock() };
    if (heads !== undefined && now.safe === heads.safe && now.finalized === heads.finalized) return;
    heads = now;
    for (const listener of listeners) listener(now);
  }

  async function measure(state: RollupState): Promise<void> {
    unposted = await chain.countUnposted();
    const [oldest] = await chain.batchesIn(["sealed"], 1);
    metrics.unposted.set(unposted);
    metrics.oldestUnposted.set(oldest === undefined ? 0 : (Date.now() - oldest.sealedAt) / 1000);
    const sealed: BatchRecord | undefined = await chain.lastBatch();
    metrics.lastBatch.set({ state: "sealed" }, sealed?.number ?? 0);
    metrics.lastBatch.set({ state: "committed" }, state.committed);
    metrics.lastBatch.set({ state: "proven" }, state.proven);
    metrics.lastBatch.set({ state: "finalized" }, state.finalized);
  }

  function fatalOrWarn(error: unknown): void {
    if (error instanceof BatchChainError || error instanceof InvariantError) {
      if (stopping.signal.aborted) return;
      stopping.abort();
      log.error({ code: error.code, reason: error.message, hint: error.hint }, "batch posting stopped");
      options.onFatal(error);
      return;
    }
    metrics.failures.inc();
    log.warn({ reason: shortReason(error) }, "posting did not get on; trying again");
  }

  async function process(): Promise<void> {
    if (stopping.signal.aborted) return;
    try {
      const more = await inTurn(advance);
      proofs?.wake();
      if (more) setImmediate(wake);
    } catch (error) {
      if (stopping.signal.aborted) return;
      fatalOrWarn(error);
      if (stopping.signal.aborted) return;
      throw error instanceof BraidError ? error : new L1Error("posting", error);
    }
  }

  function wake(): void {
    if (stopping.signal.aborted) return;
    // A lost one comes again with the timer.
    queue?.add("advance", {}, { jobId: "advance" }).catch((error: unknown) => {
      if (!stopping.signal.aborted) log.warn({ reason: shortReason(error) }, "the poster could not be woken");
    });
  }

  function startQueue(): void {
    const connection = redis.duplicate({ maxRetriesPerRequest: null });
    queue = new Queue(options.queueName, {
      connection: redis,
      defaultJobOptions: {
        attempts: 6,
        backoff: { type: "custom" },
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 1,
      },
    });
    worker = new Worker(options.queueName, process, {
      connection,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 2,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      settings: {
        backoffStrategy: (attempts) => Math.min(200 * 2 ** Math.min(attempts, 16), options.maxBackoffMs),
      },
    });
    worker.on("closed", () => connection.disconnect());
    const onError = (error: Error) =>
      log.warn({ reason: shortReason(error) }, "the poster's queue has trouble");
    queue.on("error", onError);
    worker.on("error", onError);
    timer = setInterval(wake, options.pollingIntervalMs);
    wake();
  }

  return {
    async start() {
      unposted = await chain.countUnposted();
      try {
        await rollup.check();
        await inTurn(look);
      } catch (error) {
        if (!(error instanceof L1Error)) throw error;
        log.warn({ reason: error.message }, "L1 is away; batches wait");
        await announce();
      }
      proofs?.onReady(wake);
      startQueue();
    },
    batchSealed() {
      unposted++;
      wake();
    },
    onHeadsChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    backlog: () => ({ unposted, full: unposted >= options.maxUnpostedBatches && !blocksWanted }),
    status: () => ({ held, refusal }),
    pausedFor: (step) => inTurn(() => (proofs === undefined ? step() : proofs.pausedFor(step))),
    async reconcile() {
      await inTurn(look);
    },
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await turn;
      await proofs?.stop();
      await worker?.close();
      await queue?.close();
    },
  };
}
