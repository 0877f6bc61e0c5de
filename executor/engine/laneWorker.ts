import { parentPort, workerData } from "node:worker_threads";
import { BraidError, bytesEqual, InvariantError } from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import type { ChainRules } from "./chainRules.ts";
import { decodeLaneJob, encodeOutcomes, type LaneRequest, type LaneResponse } from "./laneMessages.ts";
import { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import { runLane } from "./runLane.ts";
import { StateOverlay } from "./stateOverlay.ts";
import { preBlockWrites } from "./systemCalls.ts";

/** What a lane's thread is started with. */
export interface LaneWorkerData {
  dataDir: string;
  rules: ChainRules;
}

/**
 * A lane's thread: its own VM, its own read-only handle on the state store. A job names its parent block; a store that
 * shows another head makes the job fail rather than run on the wrong state.
 */
async function serve({ dataDir, rules }: LaneWorkerData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new InvariantError("a lane runs in a worker thread");
  const respond = (response: LaneResponse): void => {
    if (response.kind === "done") port.postMessage(response, [response.outcomes.buffer]);
    else port.postMessage(response);
  };
  const store = StateStore.open(dataDir, { readOnly: true });
  const vm = await LaneVm.create(rules);
  port.on("message", ({ id, job }: LaneRequest) => {
    runJob(store, vm, job).then(
      (outcomes) => respond({ kind: "done", id, outcomes: encodeOutcomes(outcomes) }),
      (error: unknown) => respond({ kind: "failed", id, message: String(error) }),
    );
  });
  respond({ kind: "ready" });
}

async function runJob(store: StateStore, vm: LaneVm, job: Uint8Array): Promise<Outcome[]> {
  const { environment, transactions } = decodeLaneJob(job);
  const snapshot = store.snapshot();
  try {
    if (!bytesEqual(snapshot.head.hash, environment.parentHash)) {
      throw new BraidError("LANE_WRONG_HEAD", `the lane's store is at block ${snapshot.head.number}`, {
        retryable: true,
      });
    }
    vm.enterBlock(environment);
    const overlay = new StateOverlay(snapshot);
    overlay.apply(preBlockWrites(overlay, environment));
    return await runLane(vm, environment, overlay, transactions);
  } finally {
    snapshot.close();
  }
}

await serve(workerData as LaneWorkerData);
