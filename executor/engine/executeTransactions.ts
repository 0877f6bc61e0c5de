import { BraidError } from "../../protocol/index.ts";
import type { StateReader } from "../state/types.ts";
import { BlockAssembly } from "./blockAssembly.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { LaneCarrier, LaneRun } from "./laneCarrier.ts";
import type { LaneTask } from "./laneMessages.ts";
import type { LaneVm } from "./laneVm.ts";
import { COORDINATOR_LANE, type Plan, type PlanKnowledge } from "./plan.ts";
import { StateOverlay } from "./stateOverlay.ts";
import { assembleInOrder, type Validation } from "./validate.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

export interface Engine {
  vm: LaneVm;
  carrier: LaneCarrier | undefined;
  /** What lanes must read over the store: see HeadView. */
  layers?: () => Uint8Array[];
  knowledge: PlanKnowledge;
  plan: (transactions: LaneTransaction[], overlay: StateOverlay) => Plan;
}

export interface ExecutedTransactions<T extends LaneTransaction> extends Validation {
  assembly: BlockAssembly<T>;
  plan: Plan;
  /** Lanes that got transactions. */
  lanes: number;
  planMs: number;
  /** Until the last transaction was in the block; lanes and validation overlap. */
  executeMs: number;
  /** Milliseconds of work by lane; the coordinator's is the whole time. */
  laneMs: number[];
}

/**
 * One block's transactions on its parent's state: system calls, plan, lanes, validation in order, what the block owes its
 * coinbase. The result depends
 * on `reader`, `environment` and `transactions` alone.
 */
export async function executeTransactions<T extends LaneTransaction>(
  engine: Engine,
  reader: StateReader,
  environment: BlockEnvironment,
  transactions: T[],
): Promise<ExecutedTransactions<T>> {
  const { vm, carrier, knowledge } = engine;
  checkDepositsFirst(transactions);
  const overlay = new StateOverlay(reader);
  const assembly = new BlockAssembly<T>(overlay, environment);
  assembly.open();
  vm.enterBlock(environment);
  const started = performance.now();
  const plan = engine.plan(transactions, overlay);
  const planned = performance.now();
  const lanes = startLanes(plan, engine, environment, transactions);
  const validation = await assembleInOrder(assembly, transactions, plan, lanes, vm);
  assembly.close();
  const executeMs = performance.now() - planned;
  if (carrier !== undefined) learn(knowledge, assembly);
  const laneMs = plan.lanes.map((_, lane) => lanes.get(lane)?.workedMs() ?? 0);
  laneMs[COORDINATOR_LANE] = executeMs;
  const used = plan.lanes.filter((indexes) => indexes.length > 0).length;
  return { ...validation, assembly, plan, lanes: used, planMs: planned - started, executeMs, laneMs };
}

/** Deposits open the block: what users send must not come between L1 and them. */
function checkDepositsFirst(transactions: LaneTransaction[]): void {
  const first = transactions.findIndex(({ deposit }) => deposit === undefined);
  if (first !== -1 && transactions.slice(first).some(({ deposit }) => deposit !== undefined)) {
    throw new BraidError("EXECUTOR_DEPOSIT_ORDER", "a deposit stands behind a user's transaction", {
      hint: "deposits come first in a block",
    });
  }
}

function startLanes(
  plan: Plan,
  { carrier, layers }: Engine,
  environment: BlockEnvironment,
  transactions: LaneTransaction[],
): Map<number, LaneRun> {
  const used = plan.lanes.flatMap((indexes, lane) =>
    lane !== COORDINATOR_LANE && indexes.length > 0 ? lane : [],
  );
  if (carrier === undefined || used.length === 0) return new Map();
  const runs = carrier.startLanes(
    environment,
    used.map((lane) => tasksOf(plan, lane, transactions)),
    layers?.(),
  );
  return new Map(used.flatMap((lane, i) => (runs[i] === undefined ? [] : [[lane, runs[i]]])));
}

function tasksOf(plan: Plan, lane: number, transactions: LaneTransaction[]): LaneTask[] {
  return (plan.lanes[lane] ?? []).flatMap((index) => {
    const transaction = transactions[index];
    if (transaction === undefined) return [];
    const assumeNonce = plan.assumesNonce[lane]?.has(index) === true;
    const builtOn = plan.builtOn?.[lane]?.has(index) === true;
    return { transaction, assumeNonce, rehearsal: plan.laneOf[index] !== lane, builtOn };
  });
}

/** What this block shows about the next: gas of calls, and what they touch. */
function learn<T extends LaneTransaction>(
  { history, memory }: PlanKnowledge,
  assembly: BlockAssembly<T>,
): void {
  memory.beginBlock();
  for (const { transaction, outcome } of assembly.accepted) {
    if (transaction.data.length === 0) continue;
    history.learn(transaction, outcome.gasUsed);
    if (outcome.reads.slots.length > 0) {
      memory.learn(transaction, assembly.overlay, outcome.reads, outcome.writes);
    }
  }
}
