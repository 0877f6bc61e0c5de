import { SimulationError } from "./errors.ts";

const CHECK_EVERY = 256;
const TURN_MS = 10;

/** Ends a simulation that takes too long and gives the event loop a turn every few milliseconds while it runs. */
export class TimeLimit {
  private deadline = 0;
  private lastTurn = 0;
  private checks = 0;

  /** `deadline`: on the clock of `performance.now()`. */
  begin(deadline: number): void {
    this.deadline = deadline;
    this.lastTurn = performance.now();
    this.checks = 0;
  }

  check(): Promise<void> {
    this.checks++;
    if (this.checks % CHECK_EVERY !== 0) return DONE;
    return this.look();
  }

  /** Throws when the deadline has passed. */
  expectInTime(): void {
    if (performance.now() > this.deadline) {
      throw new SimulationError("SIMULATION_TIMEOUT", "execution aborted (timeout)");
    }
  }

  private async look(): Promise<void> {
    this.expectInTime();
    if (performance.now() - this.lastTurn < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.lastTurn = performance.now();
  }
}

const DONE: Promise<void> = Promise.resolve();
