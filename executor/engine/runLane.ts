import type { BlockEnvironment } from "./blockEnvironment.ts";
import { keyOf } from "./keys.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";

/**
 * Runs a lane's transactions in block order on the lane's private overlay. Its results are proposals: each sees the
 * lane's earlier transactions and none of the other lanes'.
 */
export async function runLane(
  vm: LaneVm,
  environment: BlockEnvironment,
  overlay: StateOverlay,
  tasks: LaneTask[],
): Promise<Outcome[]> {
  const feeRecipient = keyOf(environment.coinbase);
  const outcomes: Outcome[] = [];
  for (const { transaction, assumeNonce } of tasks) {
    const outcome = await vm.run(transaction, overlay, assumeNonce);
    outcomes.push(outcome);
    if (outcome.kind === "invalid") continue;
    overlay.apply(outcome.writes);
    if (outcome.fee !== undefined) overlay.credit(feeRecipient, outcome.fee);
  }
  return outcomes;
}
