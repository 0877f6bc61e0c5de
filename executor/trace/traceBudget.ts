import { performance } from "node:perf_hooks";
import { traceTimedOut, traceTooLarge } from "./traceErrors.ts";

const LOOK_EVERY = 256;

/** Where a long job lets others go on; undefined: go on at once. */
export interface Pace {
  pace(): Promise<void> | undefined;
}

/** What one request may take: time on the clock, and bytes of the answer as JSON. Both end it with a clear error. */
export class TraceBudget {
  private readonly pacer: Pace;
  private readonly deadline: number;
  private readonly maxBytes: number;
  private bytes = 0;
  private ticks = 0;

  constructor(pacer: Pace, timeoutMs: number, maxBytes: number) {
    this.pacer = pacer;
    this.deadline = performance.now() + timeoutMs;
    this.maxBytes = maxBytes;
  }

  /** One instruction; looks at the clock now and then. */
  tick(): Promise<void> | undefined {
    this.ticks++;
    return this.ticks % LOOK_EVERY === 0 ? this.look() : undefined;
  }

  /** Throws when the time is over; lets others go on when they wait. */
  look(): Promise<void> | undefined {
    if (performance.now() > this.deadline) throw traceTimedOut();
    return this.pacer.pace();
  }

  spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.maxBytes) throw traceTooLarge(this.maxBytes);
  }
}
