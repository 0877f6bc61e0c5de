import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { Outcome } from "./outcome.ts";

/** A lane at work on a block, somewhere else. */
export interface LaneRun {
  /**
   * Takes the lane's next task that is no rehearsal back, if the lane has not begun it: true when it is the
   * coordinator's now and {@link next} goes on behind it.
   */
  takeBack(): boolean;
  /**
   * The outcome of the lane's next task that is no rehearsal, in the order of the tasks; undefined from when the lane
   * is lost, for whatever reason: then its transactions fall to the coordinator. Never waits for ever.
   */
  next(): Outcome | undefined | Promise<Outcome | undefined>;
  /** Nobody will ask again. */
  cancel(): void;
  /** Milliseconds that the lane has worked, as far as it has said. */
  workedMs(): number;
}

/** Runs lanes at the same time as the coordinator works. */
export interface LaneCarrier {
  /** Lanes that could be started now. */
  readyLanes(): number;
  /**
   * Each lane starts from the state of the block `environment.parentHash` after the block's system calls. `layers`: what
   * the store may still lack of that state, StateLayers in order, encoded.
   */
  startLanes(environment: BlockEnvironment, lanes: LaneTask[][], layers?: Uint8Array[]): LaneRun[];
}
