import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { LaneCarrier, LaneRun } from "../engine/laneCarrier.ts";
import type { LaneTask } from "../engine/laneMessages.ts";

/** Counts what the lanes answer: a replay in lanes whose lanes are all lost would show nothing and say nothing. */
export class WatchedLanes implements LaneCarrier {
  answered = 0;
  /** Transactions that a lost lane left to the coordinator. */
  unanswered = 0;
  private readonly carrier: LaneCarrier;
  private readonly takesBack: boolean;

  constructor(carrier: LaneCarrier, takesBack: boolean) {
    this.carrier = carrier;
    this.takesBack = takesBack;
  }

  readyLanes(): number {
    return this.carrier.readyLanes();
  }

  startLanes(environment: BlockEnvironment, lanes: LaneTask[][], layers?: Uint8Array[]): LaneRun[] {
    return this.carrier.startLanes(environment, lanes, layers).map((run) => ({
      takeBack: () => this.takesBack && run.takeBack(),
      next: async () => {
        const outcome = await run.next();
        if (outcome === undefined) this.unanswered++;
        else this.answered++;
        return outcome;
      },
      cancel: () => run.cancel(),
      workedMs: () => run.workedMs(),
    }));
  }
}
