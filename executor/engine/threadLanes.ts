import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { LaneCarrier, LaneRun } from "./laneCarrier.ts";
import { encodeLaneJob, type LaneTask } from "./laneMessages.ts";
import { LaneThread } from "./laneThread.ts";
import type { LaneWorkerData } from "./laneWorker.ts";

export interface ThreadLanesOptions extends LaneWorkerData {
  /** Threads. The coordinator is a lane more. */
  threads: number;
  /** A lane that has not answered by then is given up; its transactions run on the coordinator. */
  laneTimeoutMs: number;
}

/** A lane that nobody runs. */
const LOST: LaneRun = {
  takeBack: () => false,
  next: () => undefined,
  cancel: () => undefined,
  workedMs: () => 0,
};

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
    for (let lane = 0; lane < options.threads; lane++) this.startLane(lane);
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

  startLanes(environment: BlockEnvironment, lanes: LaneTask[][], layers?: Uint8Array[]): LaneRun[] {
    const ready = this.threads.filter((thread) => thread?.isReady() === true);
    return lanes.map((transactions, i) => {
      const thread = ready[i];
      return thread === undefined
        ? LOST
        : thread.run(encodeLaneJob({ environment, layers, transactions }), answersOf(transactions));
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.threads.map((thread) => thread?.terminate()));
  }

  /** For tests of failure: ends a lane's thread as a crash would. */
  async terminateLane(lane: number): Promise<void> {
    await this.threads[lane]?.worker.terminate();
  }

  private startLane(lane: number): void {
    const { dataDir, rules, laneTimeoutMs } = this.options;
    this.threads[lane] = new LaneThread({ dataDir, rules }, laneTimeoutMs, (ended) => {
      if (this.stopped || this.threads[lane] !== ended) return;
      this.threads[lane] = undefined;
      // A thread that cannot even start is not started again: its lane stays with the coordinator.
      if (ended.everReady) this.startLane(lane);
    });
  }
}

function answersOf(tasks: readonly LaneTask[]): number {
  return tasks.reduce((answers, { rehearsal }) => answers + (rehearsal ? 0 : 1), 0);
}
