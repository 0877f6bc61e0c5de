import type { StateReader } from "../state/types.ts";
import { BlockAssembly } from "./blockAssembly.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { GasHistory } from "./gasHistory.ts";
import type { LaneCarrier } from "./laneCarrier.ts";
import type { LaneVm } from "./laneVm.ts";
import { COORDINATOR_LANE, type Plan } from "./plan.ts";
import { StateOverlay } from "./stateOverlay.ts";
import { preBlockWrites } from "./systemCalls.ts";
import { type LaneResult, validateInOrder } from "./validate.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

export interface Engine {
  vm: LaneVm;
  carrier: LaneCarrier | undefined;
  history: GasHistory;
  plan: (transactions: LaneTransaction[], overlay: StateOverlay) => Plan;
}

export interface ExecutedTransactions<T extends LaneTransaction> {
  assembly: BlockAssembly<T>;
  lanes: number;
  reExecuted: number;
  planMs: number;
  executeMs: number;
  validateMs: number;
}

/**
 * One block's transactions on its parent's state: system calls, plan, lanes, validation in order. The result depends
 * on `reader`, `environment` and `transactions` alone.
 */
export async function executeTransactions<T extends LaneTransaction>(
  engine: Engine,
  reader: StateReader,
  environment: BlockEnvironment,
  transactions: T[],
): Promise<ExecutedTransactions<T>> {
  const { vm, carrier, history } = engine;
  const overlay = new StateOverlay(reader);
  overlay.apply(preBlockWrites(overlay, environment));
  vm.enterBlock(environment);
  const started = performance.now();
  const plan = engine.plan(transactions, overlay);
  const planned = performance.now();
  const inline = plan.lanes.every((lane, i) => i === COORDINATOR_LANE || lane.length === 0);
  const results = await runPlan(plan, carrier, environment, transactions);
  const executed = performance.now();
  const assembly = new BlockAssembly<T>(overlay, environment);
  const { reExecuted } = await validateInOrder(assembly, transactions, results, vm);
  const validated = performance.now();
  for (const [i, { gasUsed }] of assembly.receipts.entries()) {
    const transaction = assembly.transactions[i];
    if (transaction !== undefined && transaction.data.length > 0) history.learn(transaction, gasUsed);
  }
  return {
    assembly,
    lanes: plan.lanes.filter((lane) => lane.length > 0).length,
    reExecuted,
    planMs: planned - started,
    // With all transactions on the coordinator, running them in order is the execution.
    executeMs: (inline ? validated : executed) - planned,
    validateMs: inline ? 0 : validated - executed,
  };
}

async function runPlan(
  plan: Plan,
  carrier: LaneCarrier | undefined,
  environment: BlockEnvironment,
  transactions: LaneTransaction[],
): Promise<LaneResult[]> {
  const results = plan.laneOf.map((lane): LaneResult => ({ lane, outcome: undefined }));
  const used = plan.lanes
    .map((indexes, lane) => ({ indexes, lane }))
    .filter(({ indexes, lane }) => lane !== COORDINATOR_LANE && indexes.length > 0);
  if (carrier === undefined || used.length === 0) return results;
  const outcomes = await carrier.runLanes(
    environment,
    used.map(({ indexes }) =>
      indexes.flatMap((i) => {
        const transaction = transactions[i];
        return transaction === undefined ? [] : { transaction, assumeNonce: plan.assumesNonce.has(i) };
      }),
    ),
  );
  for (const [position, { indexes }] of used.entries()) {
    for (const [at, index] of indexes.entries()) {
      const result = results[index];
      if (result !== undefined) result.outcome = outcomes[position]?.[at];
    }
  }
  return results;
}
