import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Runs lanes somewhere else, at the same time. Resolves always: a lane that could not be run, for whatever reason,
 * is undefined and its transactions fall to the coordinator.
 */
export interface LaneCarrier {
  /** Each lane starts from the state of the block `environment.parentHash` after the block's system calls. */
  runLanes(environment: BlockEnvironment, lanes: LaneTask[][]): Promise<(Outcome[] | undefined)[]>;
}
