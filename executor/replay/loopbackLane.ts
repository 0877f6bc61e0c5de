import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { LaneCarrier, LaneRun } from "../engine/laneCarrier.ts";
import {
  decodeLaneJob,
  encodeLaneJob,
  encodeOutcomes,
  type LaneTask,
  OutcomeReader,
} from "../engine/laneMessages.ts";
import type { LaneVm } from "../engine/laneVm.ts";
import { runLane } from "../engine/runLane.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import { preBlockWrites } from "../engine/systemCalls.ts";
import type { StateReader } from "../state/types.ts";

/** A lane in this thread that gets and gives all as a worker does: packed, over the parent's state alone. */
export class LoopbackLane implements LaneCarrier {
  private readonly vm: LaneVm;
  private readonly reader: StateReader;

  constructor(vm: LaneVm, reader: StateReader) {
    this.vm = vm;
    this.reader = reader;
  }

  readyLanes(): number {
    return 1;
  }

  /** One job at a time, as there is one VM: only the first lane is run. */
  startLanes(environment: BlockEnvironment, [first]: LaneTask[][]): LaneRun[] {
    return first === undefined ? [] : [this.start(encodeLaneJob({ environment, transactions: first }))];
  }

  private start(job: Uint8Array): LaneRun {
    const { environment, transactions } = decodeLaneJob(job);
    const { vm } = this;
    vm.enterBlock(environment);
    const overlay = new StateOverlay(this.reader);
    overlay.apply(preBlockWrites(overlay, environment));
    const outcomes = runLane(vm, environment, overlay, transactions);
    return {
      takeBack: () => false,
      next: async () => {
        const { value } = await outcomes.next();
        return value === undefined ? undefined : new OutcomeReader(encodeOutcomes([value])).next();
      },
      cancel: () => undefined,
      workedMs: () => 0,
    };
  }
}
