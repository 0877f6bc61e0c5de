import { EVMError } from "@ethereumjs/evm";
import type { StateOverlay } from "../../engine/stateOverlay.ts";
import type { TracedMessage } from "../../trace/tracedMessage.ts";
import { Tracing } from "../../trace/tracing.ts";
import type { TracedOutcome, TracingVm } from "../../trace/tracingVm.ts";
import type { SimulationEnvironment } from "../overrides.ts";
import { type AnswerBudget, CallWatcher, type LogCounter, type WatchedLog } from "./callWatcher.ts";
import { LaneTracing } from "./laneCallVm.ts";

const { REVERT, OUT_OF_GAS } = EVMError.errorMessages;

/** A failed call with no more gas than that is run again to be told exactly why. */
const MAX_RERUN_GAS = 1_000_000n;

export interface MessageStage {
  /** Our own interpreter. */
  lane: TracingVm;
  /** Sees every frame, slowly. */
  watching: TracingVm;
  overlay: StateOverlay;
  environment: SimulationEnvironment;
  traceTransfers: boolean;
  budget: AnswerBudget;
}

export interface RanMessage {
  outcome: TracedOutcome;
  output: Uint8Array;
  /** geth's words; undefined after success. */
  error: string | undefined;
  logs: WatchedLog[];
}

/**
 * Runs a message on the overlay without changing it. The fast way tells logs and how the message ended; transfers, and
 * the words for what is neither a revert nor much gas used up, only the watched way knows.
 */
export async function runMessage(
  stage: MessageStage,
  message: TracedMessage,
  counter: LogCounter,
): Promise<RanMessage> {
  const before = counter.next;
  const fast = stage.traceTransfers ? undefined : await runOnLane(stage, message, counter);
  if (fast !== undefined) return fast;
  counter.next = before;
  return runWatched(stage, message, counter);
}

async function runWatched(
  { watching, overlay, environment, traceTransfers, budget }: MessageStage,
  message: TracedMessage,
  counter: LogCounter,
): Promise<RanMessage> {
  const watcher = new CallWatcher(counter, traceTransfers);
  const outcome = await watching.run(message, overlay, environment, new Tracing(watcher, budget, 0));
  const { output, error, logs } = watcher;
  return { outcome, output, error, logs };
}

/** Undefined: it has to be watched. */
async function runOnLane(
  { lane, overlay, environment, budget }: MessageStage,
  message: TracedMessage,
  counter: LogCounter,
): Promise<RanMessage | undefined> {
  const tracing = new LaneTracing(budget, counter);
  const outcome = await lane.run(message, overlay, environment, tracing);
  const { execResult } = tracing.result ?? {};
  if (execResult === undefined) return undefined;
  const { exceptionError, returnValue: output, logs: made = [] } = execResult;
  if (exceptionError !== undefined) {
    const ended = { outcome, output, logs: [] };
    if (exceptionError.error === REVERT) return { ...ended, error: "execution reverted" };
    const isLong = message.gasLimit > MAX_RERUN_GAS;
    return isLong && exceptionError.error === OUT_OF_GAS ? { ...ended, error: "out of gas" } : undefined;
  }
  const logs: WatchedLog[] = [];
  for (const raw of made) {
    const [address, topics, data] = raw;
    const index = tracing.indexOf(raw);
    if (index === undefined) return undefined;
    logs.push({ log: { address, topics, data }, index, isTransfer: false });
  }
  return { outcome, output, error: undefined, logs };
}
