import { parentPort, workerData } from "node:worker_threads";
import { BraidError, bytesEqual, InvariantError } from "../../protocol/index.ts";
import { StateLayer, stateOver } from "../state/stateLayer.ts";
import { StateStore } from "../state/stateStore.ts";
import type { StateReader, StateSnapshot } from "../state/types.ts";
import type { ChainRules } from "./chainRules.ts";
import {
  decodeLaneJob,
  encodeOutcomes,
  type LaneJob,
  type LaneRequest,
  type LaneResponse,
  LaneSignal,
  type LaneWorkerStart,
  TaskClaim,
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

/** Outcomes are sent in handfuls while nobody waits: one message costs about as much as a short transaction. */
const FLUSH_AFTER_MS = 1;

/**
 * A lane's thread: its own VM, its own read-only handle on the state store. A job names its parent block; a store that
 * shows another head, and no layers that lead from there to it, makes the job fail rather than run on the wrong state.
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
    port.on("message", ({ id, claims, job }: LaneRequest) => {
      const taken = new Int8Array(claims);
      const { FREE, LANE } = TaskClaim;
      const coordinator: Coordinator = {
        claim: (task) => Atomics.compareExchange(taken, task, FREE, LANE) === FREE,
        isWaiting: () => Atomics.exchange(numbers, LaneSignal.AWAITED, 0) === 1,
        stillWants: () => Atomics.load(numbers, LaneSignal.CANCELLED) < id,
      };
      const started = performance.now();
      const send = (outcomes: Outcome[], failure?: string) =>
        respond({ id, outcomes: encodeOutcomes(outcomes), workedMs: performance.now() - started, failure });
      runJob(store, vm, decodeLaneJob(job), send, coordinator).catch((error: unknown) =>
        send([], String(error)),
      );
    });
    parent.postMessage("ready");
  });
}

/** What a job's lane and its coordinator tell each other through shared memory. */
interface Coordinator {
  claim(task: number): boolean;
  /** Since it was last asked. */
  isWaiting(): boolean;
  stillWants(): boolean;
}

async function runJob(
  store: StateStore,
  vm: LaneVm,
  { environment, layers, transactions }: LaneJob,
  send: (outcomes: Outcome[]) => void,
  coordinator: Coordinator,
): Promise<void> {
  const snapshot = store.snapshot();
  try {
    vm.enterBlock(environment);
    const overlay = new StateOverlay(stateOf(environment.parentHash, snapshot, layers ?? []));
    overlay.apply(preBlockWrites(overlay, environment));
    let ready: Outcome[] = [];
    let sentAt = performance.now();
    for await (const outcome of runLane(vm, environment, overlay, transactions, coordinator.claim)) {
      ready.push(outcome);
      if (!coordinator.stillWants()) return;
      if (performance.now() - sentAt < FLUSH_AFTER_MS && !coordinator.isWaiting()) continue;
      send(ready);
      ready = [];
      sentAt = performance.now();
    }
    send(ready);
  } finally {
    snapshot.close();
  }
}

function stateOf(hash: Uint8Array, snapshot: StateSnapshot, encodedLayers: Uint8Array[]): StateReader {
  const { head } = snapshot;
  if (bytesEqual(head.hash, hash)) return snapshot;
  const layers = encodedLayers.map((bytes) => StateLayer.decode(bytes));
  const next = layers.findIndex(({ parentHash }) => bytesEqual(parentHash, head.hash));
  const reached = layers.at(-1)?.head.hash;
  if (next === -1 || reached === undefined || !bytesEqual(reached, hash)) {
    throw new BraidError("LANE_WRONG_HEAD", `the lane's store is at block ${head.number}`, {
      retryable: true,
    });
  }
  return stateOver(layers.slice(next), snapshot);
}

await serve(workerData as LaneWorkerData);
