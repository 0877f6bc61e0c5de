import type { Worker } from "node:worker_threads";
import { startThread } from "../../infra/index.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { LaneCarrier } from "./laneCarrier.ts";
import {
  decodeOutcomes,
  encodeLaneJob,
  type LaneRequest,
  type LaneResponse,
  type LaneTask,
} from "./laneMessages.ts";
import type { LaneWorkerData } from "./laneWorker.ts";
import type { Outcome } from "./outcome.ts";

const MODULE = new URL("./laneWorker.ts", import.meta.url);

export interface ThreadLanesOptions extends LaneWorkerData {
  lanes: number;
  /** A lane that has not answered by then is given up; its transactions run on the coordinator. */
  laneTimeoutMs: number;
}

type Settle = (outcomes: Outcome[] | undefined) => void;

/** One thread and what it owes. Invariant: every job is settled exactly once, by its answer, its end or its deadline. */
class LaneThread {
  readonly worker: Worker;
  private readonly owed = new Map<number, Settle>();
  /** Whether it got as far as taking work. */
  everReady = false;
  private ready = false;
  private nextId = 1;

  constructor(data: LaneWorkerData, onEnd: (thread: LaneThread) => void) {
    this.worker = startThread(MODULE, data);
    this.worker.unref();
    this.worker.on("message", (response: LaneResponse) => this.receive(response));
    this.worker.on("error", () => this.abandon());
    this.worker.on("exit", () => {
      this.abandon();
      onEnd(this);
    });
  }

  isReady(): boolean {
    return this.ready;
  }

  run(job: Uint8Array<ArrayBuffer>, timeoutMs: number): Promise<Outcome[] | undefined> {
    return new Promise((resolve) => {
      const id = this.nextId++;
      const deadline = setTimeout(() => {
        this.settle(id, undefined);
        void this.worker.terminate();
      }, timeoutMs);
      this.owed.set(id, (outcomes) => {
        clearTimeout(deadline);
        resolve(outcomes);
      });
      const request: LaneRequest = { id, job };
      this.worker.postMessage(request, [job.buffer]);
    });
  }

  private receive(response: LaneResponse): void {
    if (response.kind === "ready") {
      this.ready = true;
      this.everReady = true;
    } else if (response.kind === "done") this.settle(response.id, decodeOutcomes(response.outcomes));
    else this.settle(response.id, undefined);
  }

  private settle(id: number, outcomes: Outcome[] | undefined): void {
    const settle = this.owed.get(id);
    this.owed.delete(id);
    settle?.(outcomes);
  }

  private abandon(): void {
    this.ready = false;
    for (const id of [...this.owed.keys()]) this.settle(id, undefined);
  }
}

/**
 * Lanes on worker threads of this process. A thread that dies or hangs is replaced; the block that it worked on goes
 * on without it. Until a thread is ready its lane counts as not run.
 */
export class ThreadLanes implements LaneCarrier {
  private readonly options: ThreadLanesOptions;
  private readonly threads: (LaneThread | undefined)[] = [];
  private stopped = false;

  constructor(options: ThreadLanesOptions) {
    this.options = options;
    for (let lane = 0; lane < options.lanes; lane++) this.startLane(lane);
  }

  /** Lanes whose threads can take work now. */
  readyLanes(): number {
    return this.threads.filter((thread) => thread?.isReady() === true).length;
  }

  /** Resolves when all threads can take work or one has failed to start; false in the second case. */
  whenReady(): Promise<boolean> {
    const started = this.threads.map((thread) => {
      if (thread === undefined) return Promise.resolve(false);
      return new Promise<boolean>((resolve) => {
        thread.worker.once("message", () => resolve(true));
        thread.worker.once("exit", () => resolve(false));
      });
    });
    return Promise.all(started).then((all) => all.every((ok) => ok));
  }

  runLanes(environment: BlockEnvironment, lanes: LaneTask[][]): Promise<(Outcome[] | undefined)[]> {
    const ready = this.threads.filter((thread) => thread?.isReady() === true);
    return Promise.all(
      lanes.map((transactions, i) => {
        const thread = ready[i];
        if (thread === undefined) return undefined;
        return thread.run(encodeLaneJob({ environment, transactions }), this.options.laneTimeoutMs);
      }),
    );
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.threads.map((thread) => thread?.worker.terminate()));
  }

  /** For tests of failure: ends a lane's thread as a crash would. */
  async terminateLane(lane: number): Promise<void> {
    await this.threads[lane]?.worker.terminate();
  }

  private startLane(lane: number): void {
    const { dataDir, rules } = this.options;
    this.threads[lane] = new LaneThread({ dataDir, rules }, (ended) => {
      if (this.stopped || this.threads[lane] !== ended) return;
      this.threads[lane] = undefined;
      // A thread that cannot even start is not started again: its lane stays with the coordinator.
      if (ended.everReady) this.startLane(lane);
    });
  }
}
