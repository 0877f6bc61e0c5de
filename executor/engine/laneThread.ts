import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import { startThread } from "../../infra/index.ts";
import type { LaneRun } from "./laneCarrier.ts";
import {
  type LaneRequest,
  type LaneResponse,
  LaneSignal,
  type LaneWorkerStart,
  OutcomeReader,
  TaskClaim,
} from "./laneMessages.ts";
import type { LaneWorkerData } from "./laneWorker.ts";
import type { Outcome } from "./outcome.ts";

const MODULE = new URL("./laneWorker.ts", import.meta.url);
/** As the launcher gives the main thread: three semi-spaces of 64 MiB. A lane makes much short-lived garbage. */
const RESOURCES = { maxYoungGenerationSizeMb: 192 };
/** A lane that works answers within that time, and then no turn of the event loop is lost on it. */
const SLEEP_MS = 2;

/** One thread that runs one job at a time. */
export class LaneThread {
  readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly signal: Int32Array;
  private readonly timeoutMs: number;
  private ready = false;
  private ended = false;
  private lastId = 0;
  /** Whether it got as far as taking work. */
  everReady = false;

  constructor(data: LaneWorkerData, timeoutMs: number, onEnd: (thread: LaneThread) => void) {
    const { port1, port2 } = new MessageChannel();
    const shared = new SharedArrayBuffer(LaneSignal.BYTES);
    this.port = port1;
    this.port.unref();
    this.signal = new Int32Array(shared);
    this.timeoutMs = timeoutMs;
    this.worker = startThread(MODULE, data, { resourceLimits: RESOURCES });
    this.worker.unref();
    const start: LaneWorkerStart = { port: port2, signal: shared };
    this.worker.postMessage(start, [port2]);
    this.worker.once("message", () => {
      this.ready = !this.ended;
      this.everReady = true;
    });
    this.worker.on("error", () => this.end());
    this.worker.on("exit", () => {
      this.end();
      onEnd(this);
    });
  }

  isReady(): boolean {
    return this.ready;
  }

  /** Starts a job of that many outcomes and gives up any earlier one. */
  run(job: Uint8Array<ArrayBuffer>, answers: number): LaneRun {
    Atomics.store(this.signal, LaneSignal.CANCELLED, this.lastId);
    const id = ++this.lastId;
    const claims = new SharedArrayBuffer(answers);
    const request: LaneRequest = { id, claims, job };
    this.port.postMessage(request, [job.buffer]);
    return new ThreadLaneRun(this, id, new Int8Array(claims), this.timeoutMs);
  }

  cancel(id: number): void {
    Atomics.store(this.signal, LaneSignal.CANCELLED, id);
  }

  isEnded(): boolean {
    return this.ended;
  }

  /** The next message, if there is one; sleeps a little for it when `wait`. */
  receive(wait: boolean): LaneResponse | undefined {
    const posted = Atomics.load(this.signal, LaneSignal.POSTED);
    const received = receiveMessageOnPort(this.port);
    if (received !== undefined) return received.message as LaneResponse;
    if (!wait) return undefined;
    Atomics.store(this.signal, LaneSignal.AWAITED, 1);
    Atomics.wait(this.signal, LaneSignal.POSTED, posted, SLEEP_MS);
    return receiveMessageOnPort(this.port)?.message as LaneResponse | undefined;
  }

  /** Ends a thread that does not answer. */
  async terminate(): Promise<void> {
    this.end();
    await this.worker.terminate();
  }

  private end(): void {
    this.ready = false;
    this.ended = true;
  }
}

/** Invariant: once an answer was "lost", all further ones are. */
class ThreadLaneRun implements LaneRun {
  private readonly thread: LaneThread;
  private readonly id: number;
  private readonly claims: Int8Array;
  private readonly timeoutMs: number;
  /** Tasks whose outcome was given or that were taken back. */
  private settled = 0;
  private reader: OutcomeReader | undefined;
  private worked = 0;
  private lost = false;

  constructor(thread: LaneThread, id: number, claims: Int8Array, timeoutMs: number) {
    this.thread = thread;
    this.id = id;
    this.claims = claims;
    this.timeoutMs = timeoutMs;
  }

  takeBack(): boolean {
    const { FREE, COORDINATOR } = TaskClaim;
    if (this.settled === this.claims.length) return false;
    if (Atomics.compareExchange(this.claims, this.settled, FREE, COORDINATOR) !== FREE) return false;
    this.settled++;
    return true;
  }

  next(): Outcome | undefined | Promise<Outcome | undefined> {
    return this.take() ?? (this.receive(true) ? this.take() : undefined) ?? this.nextLater();
  }

  cancel(): void {
    this.thread.cancel(this.id);
  }

  workedMs(): number {
    return this.worked;
  }

  private take(): Outcome | undefined {
    const outcome = this.reader?.next();
    if (outcome !== undefined) this.settled++;
    return outcome;
  }

  /** True when more outcomes of this job have come. */
  private receive(wait: boolean): boolean {
    if (this.lost) return false;
    const response = this.thread.receive(wait);
    if (response === undefined || response.id !== this.id) return false;
    this.worked = response.workedMs;
    if (response.failure !== undefined) this.lost = true;
    else this.reader = new OutcomeReader(response.outcomes);
    return !this.lost;
  }

  /** The long way: lets the event loop turn, so that the end of a thread is noticed. */
  private async nextLater(): Promise<Outcome | undefined> {
    const deadline = performance.now() + this.timeoutMs;
    while (!this.lost) {
      const outcome = this.receive(true) ? this.take() : undefined;
      if (outcome !== undefined) return outcome;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.thread.isEnded() && !this.receive(false)) this.lost = true;
      if (performance.now() > deadline) {
        this.lost = true;
        void this.thread.terminate();
      }
    }
    return this.take();
  }
}
