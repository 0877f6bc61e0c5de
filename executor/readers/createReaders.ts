import { BraidError } from "../../protocol/index.ts";
import { FairQueue } from "./fairQueue.ts";
import { ReadersClosedError } from "./inlineReaders.ts";
import { type PendingRead, ReadThread } from "./readThread.ts";
import type { Readers, ReadJobName, ReadOptions, ReadParams, ReadResult } from "./types.ts";

export interface ReadersOptions {
  /** Folder of the state store, which must exist. */
  stateDirectory: string;
  threads: number;
  /** Jobs that may wait for a thread. */
  queueLimit: number;
  /** Jobs that share a thread at a time. Default 4. */
  jobsPerThread?: number;
  /** A thread ended although nobody asked for it. */
  onThreadLost?: (error: BraidError) => void;
}

const DEFAULT_JOBS_PER_THREAD = 4;
/** A job that has lost so many threads does not get another. */
const MAX_LOST = 2;
const RESTART_MS = 250;

/** Starts the threads; resolves when all of them take jobs, rejects when one cannot start. */
export async function createReaders(options: ReadersOptions): Promise<Readers> {
  const pool = new ReaderPool(options);
  try {
    await pool.start();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return pool;
}

/**
 * Invariants: a job is in the queue, on one thread, or settled; a lost thread is replaced; what it ran starts again on
 * another, for jobs only read, unless it lost {@link MAX_LOST} threads already.
 */
class ReaderPool implements Readers {
  private readonly options: ReadersOptions;
  private readonly jobsPerThread: number;
  private readonly queue = new FairQueue<PendingRead>();
  private readonly threads = new Set<ReadThread>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(options: ReadersOptions) {
    this.options = options;
    this.jobsPerThread = options.jobsPerThread ?? DEFAULT_JOBS_PER_THREAD;
  }

  async start(): Promise<void> {
    const starts = Array.from({ length: this.options.threads }, () => this.startThread());
    await Promise.all(starts);
  }

  run<Name extends ReadJobName>(
    name: Name,
    params: ReadParams<Name>,
    { timeoutMs, client = "" }: ReadOptions,
  ): Promise<ReadResult<Name>> {
    if (this.closed) return Promise.reject(new ReadersClosedError());
    return new Promise((resolve, reject) => {
      const read: PendingRead = {
        name,
        params,
        timeoutMs,
        client,
        lost: 0,
        askedAt: performance.now(),
        // Only the job of that name answers it.
        resolve: (result) => resolve(result as ReadResult<Name>),
        reject,
      };
      this.queue.push(client, read);
      this.dispatch();
      if (this.queue.size > this.options.queueLimit) this.refuseLast(read);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.restarts) clearTimeout(timer);
    for (const read of this.queue.drain()) read.reject(new ReadersClosedError());
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }

  private dispatch(): void {
    while (this.queue.size > 0) {
      const thread = this.freestThread();
      if (thread === undefined) return;
      const read = this.queue.shift();
      if (read === undefined) return;
      read.askedAt = performance.now();
      thread.start(read);
    }
  }

  private freestThread(): ReadThread | undefined {
    let freest: ReadThread | undefined;
    for (const thread of this.threads) {
      if (!thread.ready || thread.load >= this.jobsPerThread) continue;
      if (freest === undefined || thread.load < freest.load) freest = thread;
    }
    return freest;
  }

  private refuseLast(read: PendingRead): void {
    if (!this.queue.remove(read.client, read)) return;
    read.reject(
      new BraidError("READ_QUEUE_FULL", "too many requests wait for execution", {
        retryable: true,
        hint: "Ask again later, or give the node more read threads.",
      }),
    );
  }

  /** Resolves when it is ready, rejects when it ended before. */
  private startThread(): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = new ReadThread(
        { stateDirectory: this.options.stateDirectory },
        {
          onReady: () => {
            resolve();
            this.dispatch();
          },
          onSettled: () => this.dispatch(),
          onEnd: (unfinished, error) => {
            this.threads.delete(thread);
            reject(error);
            this.replace(unfinished, error);
          },
        },
      );
      this.threads.add(thread);
    });
  }

  private replace(unfinished: PendingRead[], error: BraidError): void {
    for (const read of unfinished) {
      read.lost++;
      if (this.closed) read.reject(new ReadersClosedError());
      else if (read.lost >= MAX_LOST) read.reject(error);
      else this.queue.pushFirst(read.client, read);
    }
    if (this.closed) return;
    this.options.onThreadLost?.(error);
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      // What becomes of it is told by onEnd.
      this.startThread().catch(() => undefined);
    }, RESTART_MS);
    this.restarts.add(timer);
    this.dispatch();
  }
}
