import type { WriteSet } from "../engine/access.ts";
import { keyOf } from "../engine/keys.ts";
import type { LaneVm } from "../engine/laneVm.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import { preBlockWrites } from "../engine/systemCalls.ts";
import type { LaneTransaction } from "../engine/vmTransaction.ts";
import type { SimulationEnvironment } from "../simulate/overrides.ts";
import type { StateReader } from "../state/types.ts";
import type { Pace } from "./traceBudget.ts";
import { tracingFailed } from "./traceErrors.ts";

/**
 * A block run again from its parent's state, transaction by transaction.
 *
 * Invariant: `overlay` is the state after exactly the transactions that were run, their fees included.
 */
export class BlockReplay {
  readonly overlay: StateOverlay;
  /** Logs of the transactions that were run. */
  logCount = 0;
  private readonly environment: SimulationEnvironment;
  private readonly lane: LaneVm;

  constructor(state: StateReader, environment: SimulationEnvironment, lane: LaneVm) {
    this.overlay = new StateOverlay(state);
    this.environment = environment;
    this.lane = lane;
    lane.enterBlock(environment);
    this.overlay.apply(preBlockWrites(this.overlay, environment));
  }

  /** Exact, without a watcher. */
  async run(transactions: readonly LaneTransaction[], pacer: Pace): Promise<void> {
    for (const transaction of transactions) {
      const turn = pacer.pace();
      if (turn !== undefined) await turn;
      const outcome = await this.lane.run(transaction, this.overlay);
      if (outcome.kind === "invalid") throw tracingFailed(outcome.reason);
      this.take(outcome.writes, this.logCount + outcome.logs.length);
      if (outcome.fee !== undefined) this.overlay.credit(keyOf(this.environment.coinbase), outcome.fee);
    }
  }

  /** A transaction that ran elsewhere, on `overlay` as it is. */
  take(writes: WriteSet, logCount: number): void {
    this.overlay.apply(writes);
    this.logCount = logCount;
  }
}
