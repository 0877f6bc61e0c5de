import type { Worker } from "node:worker_threads";
import { startThread } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { fromErrorMessage } from "./errorMessage.ts";
import type { ReadRequest, ReadResponse, ReadWorkerData } from "./readMessages.ts";
import { timeoutError } from "./timeLimit.ts";
import type { ReadJobName } from "./types.ts";

const MODULE = new URL("./readWorker.ts", import.meta.url);
/** A job that wants more memory than that ends its thread, not the process. */
const RESOURCES = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 2_048 };
/** A job looks at its time itself; one that does not within so much more ends with its thread. */
const GRACE_MS = 1_000;

/** A job that was asked for, until it is settled. */
export interface PendingRead {
  name: ReadJobName;
  params: unknown;
  timeoutMs: number;
  client: string;
  /** Threads that were lost under it. */
  lost: number;
  askedAt: number;
  resolve(result: unknown): void;
  reject(error: BraidError): void;
}

interface RunningRead {
  read: PendingRead;
  timer: NodeJS.Timeout;
}

export interface ReadThreadEvents {
  /** It takes jobs from now on. */
  onReady(): void;
  /** One job of it is settled. */
  onSettled(): void;
  /** It is gone; `unfinished` jobs were not at fault as far as anyone can tell. */
  onEnd(unfinished: PendingRead[], error: BraidError): void;
}

/** One worker thread with the jobs that run on it. */
export class ReadThread {
  private readonly worker: Worker;
  private readonly events: ReadThreadEvents;
  private readonly running = new Map<number, RunningRead>();
  private lastId = 0;
  private failure: unknown;
  private isReady = false;
  private isEnded = false;

  constructor(data: ReadWorkerData, events: ReadThreadEvents) {
    this.events = events;
    this.worker = startThread(MODULE, data, { resourceLimits: RESOURCES });
    this.worker.on("message", (message: ReadResponse | "ready") => this.receive(message));
    this.worker.on("error", (error) => {
      this.failure ??= error;
    });
    this.worker.on("exit", (code) => this.end(this.failure ?? `exit code ${code}`));
  }

  get ready(): boolean {
    return this.isReady && !this.isEnded;
  }

  get load(): number {
    return this.running.size;
  }

  start(read: PendingRead): void {
    const id = ++this.lastId;
    const { name, params, timeoutMs } = read;
    const request: ReadRequest = { id, name, params, timeoutMs };
    this.running.set(id, { read, timer: setTimeout(() => this.overdue(), timeoutMs + GRACE_MS) });
    try {
      this.worker.postMessage(request);
    } catch (cause) {
      this.settle(id)?.reject(new BraidError("READ_PARAMS", "parameters cannot cross threads", { cause }));
    }
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(message: ReadResponse | "ready"): void {
    if (message === "ready") {
      this.isReady = true;
      this.worker.unref();
      this.events.onReady();
      return;
    }
    const read = this.settle(message.id);
    if (read === undefined) return;
    if ("failure" in message) read.reject(fromErrorMessage(message.failure));
    else read.resolve(message.result);
    this.events.onSettled();
  }

  private settle(id: number): PendingRead | undefined {
    const running = this.running.get(id);
    clearTimeout(running?.timer);
    this.running.delete(id);
    return running?.read;
  }

  /** The thread hangs: whoever's time is over is told so, and the others start again elsewhere. */
  private overdue(): void {
    const now = performance.now();
    for (const [id, { read }] of this.running) {
      if (now - read.askedAt >= read.timeoutMs) this.settle(id)?.reject(timeoutError(read.timeoutMs));
    }
    this.end("it did not answer in time");
    void this.worker.terminate();
  }

  private end(cause: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const unfinished = [...this.running.keys()].flatMap((id) => this.settle(id) ?? []);
    this.events.onEnd(unfinished, lostError(cause));
  }
}

function lostError(cause: unknown): BraidError {
  return new BraidError("READ_THREAD_LOST", "the thread that ran this request was lost", {
    retryable: true,
    cause,
    hint: "Ask again; a request that needs too much memory loses its thread every time.",
  });
}
