import { BraidError } from "../../protocol/index.ts";
import type { Location } from "../types.ts";
import type { BlockAssembly } from "./blockAssembly.ts";
import { findConflict } from "./conflict.ts";
import type { LaneRun } from "./laneCarrier.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import { COORDINATOR_LANE, type Plan } from "./plan.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** Share of the lanes' gas that may be run again before the rest is simply run in order. */
const REEXECUTION_BUDGET_PERCENT = 25n;
/** So much may be run again in any case: one unlucky start says nothing of the rest. */
const REEXECUTION_ALLOWANCE = 300_000n;

/** How a transaction came into the block. */
export interface TransactionRun {
  lane: number;
  runs: number;
  conflict: Location | undefined;
}

export interface Validation {
  reExecuted: number;
  reExecutedGas: bigint;
  /** Milliseconds that judging and taking the lanes' outcomes took. */
  validateMs: number;
  /** By place in the block's candidates. */
  runs: TransactionRun[];
}

/**
 * Puts the block together in block order while the lanes are still at work: takes a lane's outcome where the lane has
 * begun the transaction, and runs it where not, so it never waits for what nobody works on.
 *
 * Invariant: an outcome is taken only if all that it read still holds at its place; otherwise the transaction runs
 * again, once, on the current state, which needs no further check. A block therefore never depends on lanes, on their
 * number or on what transactions declared. A refusal refuses nobody else: followers are judged by their own reads.
 * Past the budget the rest runs in order, so a hostile block costs at most that share on top.
 */
export async function assembleInOrder<T extends LaneTransaction>(
  assembly: BlockAssembly<T>,
  transactions: T[],
  plan: Plan,
  lanes: ReadonlyMap<number, LaneRun>,
  vm: LaneVm,
): Promise<Validation> {
  const validation: Validation = { reExecuted: 0, reExecutedGas: 0n, validateMs: 0, runs: [] };
  let laneGas = 0n;
  let inOrder = false;
  for (const [index, transaction] of transactions.entries()) {
    const lane = plan.laneOf[index] ?? COORDINATOR_LANE;
    const laneRun = inOrder ? undefined : lanes.get(lane);
    const proposed = laneRun?.takeBack() === false ? await laneRun.next() : undefined;
    const ranOn = proposed === undefined ? COORDINATOR_LANE : lane;
    const run: TransactionRun = { lane: ranOn, runs: 1, conflict: undefined };
    validation.runs.push(run);
    if (!assembly.fits(transaction)) {
      if (transaction.deposit !== undefined) throw depositTooLarge(index, lanes);
      assembly.skip(transaction, "gas limit reached", true);
      continue;
    }
    if (proposed !== undefined) {
      const started = performance.now();
      run.conflict = findConflict(proposed.reads, assembly.overlay);
      if (run.conflict === undefined) {
        assembly.overlay.learnBase(proposed.reads);
        assembly.take(index, transaction, proposed);
      }
      validation.validateMs += performance.now() - started;
      if (run.conflict === undefined) {
        laneGas += gasOf(proposed);
        continue;
      }
      run.runs = 2;
    }
    const outcome = await vm.run(transaction, assembly.overlay);
    assembly.take(index, transaction, outcome);
    if (proposed === undefined) continue;
    validation.reExecuted++;
    validation.reExecutedGas += gasOf(outcome);
    laneGas += gasOf(outcome);
    const budget = REEXECUTION_ALLOWANCE + (laneGas * REEXECUTION_BUDGET_PERCENT) / 100n;
    inOrder = validation.reExecutedGas > budget;
    if (inOrder) for (const each of lanes.values()) each.cancel();
  }
  return validation;
}

/** Deposits cannot be left out: with one that has no room there is no block (as in op-geth). */
function depositTooLarge(index: number, lanes: ReadonlyMap<number, LaneRun>): BraidError {
  for (const run of lanes.values()) run.cancel();
  return new BraidError(
    "EXECUTOR_DEPOSIT_TOO_LARGE",
    `deposit ${index} asks for more gas than the block has left`,
    {
      hint: "put fewer deposits into the block",
    },
  );
}

function gasOf(outcome: Outcome): bigint {
  return outcome.kind === "done" ? outcome.gasUsed : 0n;
}
