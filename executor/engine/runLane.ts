import type { BlockEnvironment } from "./blockEnvironment.ts";
import { type Key, keyOf } from "./keys.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";

/**
 * Runs a lane's tasks in block order on the lane's private overlay and yields the outcomes that it answers for. They
 * are proposals: each saw the lane's earlier transactions and none of the other lanes'.
 *
 * `claim`: asked before each task that is no rehearsal, by its number among those; false when the coordinator has taken
 * it back.
 */
export async function* runLane(
  vm: LaneVm,
  environment: BlockEnvironment,
  overlay: StateOverlay,
  tasks: LaneTask[],
  claim: (task: number) => boolean = () => true,
): AsyncGenerator<Outcome, void, void> {
  const feeRecipient = keyOf(environment.coinbase);
  const takenBack = new Set<Key>();
  let number = 0;
  for (const { transaction, assumeNonce, rehearsal, builtOn } of tasks) {
    const answers = !rehearsal && claim(number++);
    if (!answers && !rehearsal && builtOn !== true) {
      takenBack.add(keyOf(transaction.sender));
      continue;
    }
    const isBehind = takenBack.size > 0 && transaction.deposit === undefined;
    const assumes = assumeNonce || (isBehind && takenBack.has(keyOf(transaction.sender)));
    const outcome = await vm.run(transaction, overlay, assumes);
    if (outcome.kind === "done") {
      overlay.apply(outcome.writes);
      if (outcome.fee !== undefined) overlay.credit(feeRecipient, outcome.fee);
    }
    if (answers) yield outcome;
  }
}
