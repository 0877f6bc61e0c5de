import type { BlockEnvironment } from "./blockEnvironment.ts";
import { keyOf } from "./keys.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/**
 * Runs a lane's transactions in block order on the lane's private overlay. Its results are proposals: each sees the
 * lane's earlier transactions and none of the other lanes'.
 */
export async function runLane(
  vm: LaneVm,
  environment: BlockEnvironment,
  overlay: StateOverlay,
  transactions: LaneTransaction[],
): Promise<Outcome[]> {
  const feeRecipient = keyOf(environment.coinbase);
  const outcomes: Outcome[] = [];
  for (const transaction of transactions) {
    const outcome = await vm.run(transaction, overlay);
    outcomes.push(outcome);
    if (outcome.kind === "invalid") continue;
    overlay.apply(outcome.writes);
    if (outcome.fee !== undefined) overlay.credit(feeRecipient, outcome.fee);
  }
  return outcomes;
}
