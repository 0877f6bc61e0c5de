import type { BlockEnvironment } from "../../executor/engine/blockEnvironment.ts";
import type { ChainRules } from "../../executor/engine/chainRules.ts";
import type { LaneCarrier, LaneRun } from "../../executor/engine/laneCarrier.ts";
import { encodeOutcomes, type LaneTask, OutcomeReader } from "../../executor/engine/laneMessages.ts";
import { LaneVm } from "../../executor/engine/laneVm.ts";
import type { Outcome } from "../../executor/engine/outcome.ts";
import { runLane } from "../../executor/engine/runLane.ts";
import { StateOverlay } from "../../executor/engine/stateOverlay.ts";
import { preBlockWrites } from "../../executor/engine/systemCalls.ts";
import type { StateReader } from "../../executor/index.ts";

/** Whether the coordinator comes to a task, by its number among those that the lane answers for, before the lane does. */
export type TakesBack = (lane: number, task: number) => boolean;

/** Lanes without threads: each with a VM of its own over the same parent state, as a worker has. */
export class InProcessLanes implements LaneCarrier {
  private readonly vms: LaneVm[];
  private readonly reader: StateReader;
  private readonly takesBack: TakesBack;

  constructor(vms: LaneVm[], reader: StateReader, takesBack: TakesBack = () => false) {
    this.vms = vms;
    this.reader = reader;
    this.takesBack = takesBack;
  }

  static async createVms(rules: ChainRules, count: number): Promise<LaneVm[]> {
    return Promise.all(Array.from({ length: count }, () => LaneVm.create(rules)));
  }

  readyLanes(): number {
    return this.vms.length;
  }

  startLanes(environment: BlockEnvironment, lanes: LaneTask[][]): LaneRun[] {
    return lanes.map((tasks, i): LaneRun => {
      const vm = this.vms[i];
      if (vm === undefined)
        return { takeBack: () => false, next: () => undefined, cancel: () => undefined, workedMs: () => 0 };
      vm.enterBlock(environment);
      const overlay = new StateOverlay(this.reader);
      overlay.apply(preBlockWrites(overlay, environment));
      let task = 0;
      const outcomes = runLane(vm, environment, overlay, tasks, (number) => !this.takesBack(i, number));
      return {
        takeBack: () => {
          const taken = this.takesBack(i, task);
          if (taken) task++;
          return taken;
        },
        next: async () => {
          task++;
          return overTheWire((await outcomes.next()).value ?? undefined);
        },
        cancel: () => undefined,
        workedMs: () => 0,
      };
    });
  }
}

/** What a lane on a thread would send. */
function overTheWire(outcome: Outcome | undefined): Outcome | undefined {
  return outcome === undefined ? undefined : new OutcomeReader(encodeOutcomes([outcome])).next();
}
