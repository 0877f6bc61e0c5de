import type { BlockEnvironment } from "./blockEnvironment.ts";
import { keyOf } from "./keys.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";

/**
 * Runs a lane's tasks in block order on the lane's private overlay and yields the outcomes that it answers for. They
 * are proposals: each saw the lane's earlier transactions and none of the other lanes'.
 */
export async function* runLane(
  vm: LaneVm,
  environment: BlockEnvironment,
  overlay: StateOverlay,
  tasks: LaneTask[],
): AsyncGenerator<Outcome, void, void> {
  const feeRecipient = keyOf(environment.coinbase);
  for (const { transaction, assumeNonce, rehearsal } of tasks) {
    const outcome = await vm.run(transaction, overlay, assumeNonce);
    if (outcome.kind === "done") {
      overlay.apply(outcome.writes);
      if (outcome.fee !== undefined) overlay.credit(feeRecipient, outcome.fee);
    }
    if (!rehearsal) yield outcome;
  }
}
