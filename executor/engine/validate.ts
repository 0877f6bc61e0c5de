import { type ReadSet, sameBytes, stillHolds } from "./access.ts";
import type { BlockAssembly } from "./blockAssembly.ts";
import type { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** Share of the lanes' gas that may be run again before the rest is simply run in order. */
const REEXECUTION_BUDGET_PERCENT = 25n;

/** What a lane made of a transaction; no outcome when it was left to the coordinator. */
export interface LaneResult {
  lane: number;
  outcome: Outcome | undefined;
}

/**
 * Takes the lanes' outcomes into the block, in block order.
 *
 * Invariant: an outcome is taken only if each value that it read is the current one at its place; otherwise the
 * transaction runs again, once, on the current state, which needs no further check. A block therefore never depends
 * on lanes, on their number or on what transactions declared. A refusal refuses nobody else: followers are judged by
 * their own values. Past the budget the rest runs in order, so a hostile block costs at most that share on top.
 */
export async function validateInOrder<T extends LaneTransaction>(
  assembly: BlockAssembly<T>,
  transactions: T[],
  results: LaneResult[],
  vm: LaneVm,
): Promise<{ reExecuted: number }> {
  const { overlay } = assembly;
  const budget = (laneGas(results) * REEXECUTION_BUDGET_PERCENT) / 100n;
  let reExecuted = 0;
  let reExecutedGas = 0n;
  for (const [index, transaction] of transactions.entries()) {
    if (!assembly.fits(transaction)) {
      assembly.skip(transaction, "gas limit reached", true);
      continue;
    }
    const result = results[index];
    const lane = result?.lane ?? 0;
    const proposed = result?.outcome;
    if (proposed !== undefined && reExecutedGas <= budget && isCurrent(proposed.reads, overlay)) {
      overlay.learnBase(proposed.reads);
      assembly.take(transaction, proposed, { lane, runs: 1 });
      continue;
    }
    const outcome = await vm.run(transaction, overlay);
    if (proposed !== undefined) {
      reExecuted++;
      reExecutedGas += outcome.kind === "done" ? outcome.gasUsed : 0n;
    }
    assembly.take(transaction, outcome, { lane, runs: proposed === undefined ? 1 : 2 });
  }
  return { reExecuted };
}

/** Whether all that was read still holds. */
export function isCurrent(reads: ReadSet, overlay: StateOverlay): boolean {
  for (const read of reads.accounts) {
    if (read.fromBase && !overlay.isAccountChanged(read.key)) continue;
    if (!stillHolds(read, overlay.account(read.key))) return false;
  }
  for (const { key, slot, value, fromBase } of reads.slots) {
    if (fromBase && !overlay.isSlotChanged(key, slot)) continue;
    if (!sameBytes(value, overlay.storage(key, slot))) return false;
  }
  return true;
}

function laneGas(results: LaneResult[]): bigint {
  let gas = 0n;
  for (const { outcome } of results) if (outcome?.kind === "done") gas += outcome.gasUsed;
  return gas;
}
