import { recordOr } from "../engine/access.ts";
import { keyOf } from "../engine/keys.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import type { LaneTransaction } from "../engine/vmTransaction.ts";
import type { ReadDesk, ReadScene } from "../readers/types.ts";
import { enterMessage, MessageRefusedError } from "../simulate/checkMessage.ts";
import { toMessage } from "../simulate/message.ts";
import {
  type AccountOverride,
  type BlockOverrides,
  overriddenEnvironment,
  overriddenState,
} from "../simulate/overrides.ts";
import type { CallRequest } from "../simulate/types.ts";
import type { StateReader } from "../state/types.ts";
import { BlockReplay } from "./blockReplay.ts";
import { createTracer, type TracerChoice } from "./createTracer.ts";
import { overlaidReader } from "./overlaidReader.ts";
import { TraceBudget } from "./traceBudget.ts";
import { callMessage, minedMessage } from "./tracedMessage.ts";
import { tracingFailed } from "./traceErrors.ts";
import { Tracing } from "./tracing.ts";
import { type TracingVms, withTracingVms } from "./tracingVms.ts";

/** A transaction of the block that is traced. */
export type TracedTransaction = LaneTransaction & { hash: Uint8Array };

/** What one request may take. */
export interface TraceBounds {
  timeoutMs: number;
  /** Of the answer as JSON. */
  maxBytes: number;
}

export interface TraceBlockParams {
  /** The parent's state, the block's environment and rules. */
  scene: ReadScene;
  blockHash: Uint8Array;
  /** The block's transactions: all, or up to the last that is wanted. */
  transactions: TracedTransaction[];
  /** The first that is wanted; those before it only run. */
  from: number;
  choice: TracerChoice;
  bounds: TraceBounds;
}

/** Traces of consecutive transactions of a block. */
export interface TransactionTrace {
  hash: Uint8Array;
  /** As JSON. */
  result: unknown;
}

/** `debug_traceTransaction`, `debug_traceBlockBy…`. */
export function traceBlockJob(desk: ReadDesk, params: TraceBlockParams): Promise<TransactionTrace[]> {
  const { scene, transactions, from, choice, bounds, blockHash } = params;
  const { environment } = scene;
  const budget = new TraceBudget(desk.limit, bounds.timeoutMs, bounds.maxBytes);
  return withTracingVms(scene.rules, async ({ lane, tracing: vm }) => {
    const replay = new BlockReplay(desk.open(scene.state), environment, lane);
    await replay.run(transactions.slice(0, from), desk.limit);
    const traces: TransactionTrace[] = [];
    for (let index = from; index < transactions.length; index++) {
      const transaction = transactions[index];
      if (transaction === undefined) break;
      const turn = budget.look();
      if (turn !== undefined) await turn;
      const { hash } = transaction;
      const place = {
        blockHash,
        blockNumber: environment.number,
        transactionHash: hash,
        transactionIndex: index,
      };
      const tracing = new Tracing(createTracer(choice, place, budget), budget, replay.logCount);
      const message = minedMessage(transaction, environment.baseFeePerGas, vm.blobBaseFee(environment));
      const { writes } = await vm.run(message, replay.overlay, environment, tracing);
      traces.push({ hash, result: tracing.tracer.result() });
      replay.take(writes, tracing.logCount);
    }
    return traces;
  });
}

export interface TraceCallParams {
  /** The block's environment and rules; its state after it, or with `before` its parent's. */
  scene: ReadScene;
  /** The block's transactions that run before the call. Undefined: the call is on the state after the block. */
  before: LaneTransaction[] | undefined;
  request: CallRequest;
  stateOverrides: AccountOverride[];
  blockOverrides: BlockOverrides | undefined;
  gasCap: bigint;
  choice: TracerChoice;
  bounds: TraceBounds;
}

/** `debug_traceCall`. */
export function traceCallJob(desk: ReadDesk, params: TraceCallParams): Promise<unknown> {
  const { scene, choice, bounds, gasCap } = params;
  const budget = new TraceBudget(desk.limit, bounds.timeoutMs, bounds.maxBytes);
  return withTracingVms(scene.rules, async (vms) => {
    refuseMoves(params.stateOverrides, vms);
    const { state, logCount } = await stateOf(desk, params, vms);
    const environment = overriddenEnvironment(scene.environment, params.blockOverrides);
    const place = {
      blockHash: undefined,
      blockNumber: 0,
      transactionHash: undefined,
      transactionIndex: 0,
    };
    const tracing = new Tracing(createTracer(choice, place, budget), budget, logCount);
    const request = toMessage(params.request, environment, scene.rules.chainId, gasCap);
    const overlay = new StateOverlay(overriddenState(state, params.stateOverrides));
    const message = callMessage(request, environment);
    const prices = { baseFee: message.baseFee, blobBaseFee: vms.tracing.blobBaseFee(environment) };
    try {
      const { balance } = recordOr(overlay.account(keyOf(request.from)));
      enterMessage(request, balance, prices, vms.tracing.fork);
    } catch (error) {
      if (error instanceof MessageRefusedError) throw tracingFailed(error.message);
      throw error;
    }
    await vms.tracing.run(message, overlay, environment, tracing);
    return tracing.tracer.result();
  });
}

async function stateOf(
  desk: ReadDesk,
  { scene, before }: TraceCallParams,
  { lane }: TracingVms,
): Promise<{ state: StateReader; logCount: number }> {
  const state = desk.open(scene.state);
  if (before === undefined) return { state, logCount: 0 };
  const replay = new BlockReplay(state, scene.environment, lane);
  await replay.run(before, desk.limit);
  return { state: overlaidReader(replay.overlay), logCount: replay.logCount };
}

/** The EVMs of traces are shared: their precompiles stay where they are. */
function refuseMoves(overrides: AccountOverride[], { tracing }: TracingVms): void {
  for (const { address, movePrecompileToAddress, code } of overrides) {
    if (movePrecompileToAddress !== undefined || (code !== undefined && tracing.isPrecompile(address))) {
      throw tracingFailed("overrides of precompiles are not supported in traces");
    }
  }
}
