import { parentPort, workerData } from "node:worker_threads";
import { BraidError, bytesEqual, InvariantError } from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import type { ChainRules } from "./chainRules.ts";
import {
  decodeLaneJob,
  encodeOutcomes,
  type LaneJob,
  type LaneRequest,
  type LaneResponse,
  LaneSignal,
  type LaneWorkerStart,
} from "./laneMessages.ts";
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

/** Outcomes are sent in handfuls: one message costs about as much as a short transaction. */
const FLUSH_AFTER_MS = 1;

/**
 * A lane's thread: its own VM, its own read-only handle on the state store. A job names its parent block; a store that
 * shows another head makes the job fail rather than run on the wrong state.
 */
async function serve({ dataDir, rules }: LaneWorkerData): Promise<void> {
  const parent = parentPort;
  if (parent === null) throw new InvariantError("a lane runs in a worker thread");
  const store = StateStore.open(dataDir, { readOnly: true });
  const vm = await LaneVm.create(rules);
  parent.once("message", ({ port, signal }: LaneWorkerStart) => {
    const numbers = new Int32Array(signal);
    const respond = (response: LaneResponse): void => {
      port.postMessage(response, [response.outcomes.buffer]);
      Atomics.add(numbers, LaneSignal.POSTED, 1);
      Atomics.notify(numbers, LaneSignal.POSTED);
    };
    port.on("message", ({ id, job }: LaneRequest) => {
      const stillWanted = () => Atomics.load(numbers, LaneSignal.CANCELLED) < id;
      const started = performance.now();
      const send = (outcomes: Outcome[], failure?: string) =>
        respond({ id, outcomes: encodeOutcomes(outcomes), workedMs: performance.now() - started, failure });
      runJob(store, vm, decodeLaneJob(job), send, stillWanted).catch((error: unknown) =>
        send([], String(error)),
      );
    });
    parent.postMessage("ready");
  });
}

async function runJob(
  store: StateStore,
  vm: LaneVm,
  { environment, transactions }: LaneJob,
  send: (outcomes: Outcome[]) => void,
  stillWanted: () => boolean,
): Promise<void> {
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
    let ready: Outcome[] = [];
    let sentAt = performance.now();
    for await (const outcome of runLane(vm, environment, overlay, transactions)) {
      ready.push(outcome);
      if (!stillWanted()) return;
      if (performance.now() - sentAt < FLUSH_AFTER_MS) continue;
      send(ready);
      ready = [];
      sentAt = performance.now();
    }
    send(ready);
  } finally {
    snapshot.close();
  }
}

await serve(workerData as LaneWorkerData);
