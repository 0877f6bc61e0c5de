import type { Worker } from "node:worker_threads";
import { startThread } from "../../infra/index.ts";
import type { SubtreeCommit } from "./commitStateDiff.ts";
import { decodeSubtrees, type ShardRequest, type ShardResponse } from "./shardMessages.ts";
import type { ShardWorkerData } from "./shardWorker.ts";

const MODULE = new URL("./shardWorker.ts", import.meta.url);

type Settle = (subtrees: Uint8Array | undefined) => void;

/** One thread and what it owes. Invariant: every job is settled exactly once, by its answer, its end or the caller. */
export class ShardThread {
  readonly worker: Worker;
  /** Resolves true when it can take work, false when it ended before. */
  readonly started: Promise<boolean>;
  readonly #owed = new Map<number, Settle>();
  #ready = false;
  #everReady = false;
  #nextId = 1;

  constructor(data: ShardWorkerData, onEnd: (thread: ShardThread) => void) {
    this.worker = startThread(MODULE, data);
    this.worker.unref();
    this.started = new Promise((resolve) => {
      this.worker.on("message", (response: ShardResponse) => {
        if (response.kind === "ready") {
          this.#ready = true;
          this.#everReady = true;
          resolve(true);
        } else this.#settle(response.id, response.kind === "done" ? response.subtrees : undefined);
      });
      this.worker.on("error", () => this.#abandon());
      this.worker.on("exit", () => {
        resolve(false);
        this.#abandon();
        onEnd(this);
      });
    });
  }

  isReady(): boolean {
    return this.#ready;
  }

  /** Whether it got as far as taking work. */
  wasEverReady(): boolean {
    return this.#everReady;
  }

  /** The subtrees of a job; undefined when the thread cannot give them. */
  async run(job: Uint8Array<ArrayBuffer>): Promise<SubtreeCommit | undefined> {
    const subtrees = await new Promise<Uint8Array | undefined>((resolve) => {
      const request: ShardRequest = { id: this.#nextId++, job };
      this.#owed.set(request.id, resolve);
      this.worker.postMessage(request, [job.buffer]);
    });
    return subtrees === undefined ? undefined : decodeSubtrees(subtrees);
  }

  /** Takes no more work and ends; what it owes is settled without it. */
  async end(): Promise<void> {
    this.#abandon();
    await this.worker.terminate();
  }

  #settle(id: number, subtrees: Uint8Array | undefined): void {
    const settle = this.#owed.get(id);
    this.#owed.delete(id);
    settle?.(subtrees);
  }

  #abandon(): void {
    this.#ready = false;
    for (const id of [...this.#owed.keys()]) this.#settle(id, undefined);
  }
}
