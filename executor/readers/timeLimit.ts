import { setImmediate } from "node:timers/promises";
import { BraidError } from "../../protocol/index.ts";

/** Others on the thread wait about that long for their turn. */
const TURN_MS = 5;

/** The job took too long: geth's wording. */
export class ReadTimeoutError extends BraidError {
  constructor(message: string) {
    super("READ_TIMEOUT", message, { hint: "Ask for less, or raise the node's time limit." });
  }
}

export function timeoutError(timeoutMs: number): ReadTimeoutError {
  return new ReadTimeoutError(`execution aborted (timeout = ${goDuration(timeoutMs)})`);
}

/** A few milliseconds of work. */
const SLICE_GAS = 250_000;

/** Ends a job that takes too long, and lets other jobs of the thread go on meanwhile. */
export class TimeLimit {
  readonly timeoutMs: number;
  /** What an EVM runs on before it looks at the time. */
  readonly sliceGas: number;
  private readonly deadline: number;
  private lastTurn: number;

  /** The time begins to run now. */
  constructor(timeoutMs: number, sliceGas = SLICE_GAS) {
    this.timeoutMs = timeoutMs;
    this.sliceGas = sliceGas;
    this.lastTurn = performance.now();
    this.deadline = this.lastTurn + timeoutMs;
  }

  /** Throws when the time is over. */
  expectInTime(): void {
    if (performance.now() > this.deadline) throw timeoutError(this.timeoutMs);
  }

  /** Throws when the time is over. Undefined: go on at once; otherwise go on when the promise settles. */
  pace(): Promise<void> | undefined {
    const now = performance.now();
    if (now > this.deadline) throw timeoutError(this.timeoutMs);
    return now - this.lastTurn < TURN_MS ? undefined : this.giveTurn();
  }

  private async giveTurn(): Promise<void> {
    await setImmediate();
    this.lastTurn = performance.now();
    this.expectInTime();
  }
}

/** As Go prints a duration: `5s`, `1.5s`, `250ms`, `2m0s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)}µs`;
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = `${(milliseconds % 60_000) / 1000}s`;
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
