/** What came of a block's run, held against what a batch may contain. */
import type { ExecutedBlock } from "../../executor/index.ts";
import type { Transaction } from "../../protocol/index.ts";
import type { DerivedBlock } from "../derivation/blockOf.ts";
import { DifferenceError, type DifferencePlace } from "../differenceError.ts";
import type { BlockPlace } from "../types.ts";

/**
 * Attributes, deposits and the block's own transactions must all be in it. A forced one may be left out when it is not
 * valid in its turn, but never for want of room: that is the sequencer's to keep. Throws DifferenceError.
 */
export function outcomeOf(
  { input, deposits, forced, skipped }: DerivedBlock,
  executed: ExecutedBlock,
  batch: number,
): Pick<BlockPlace, "transactionsFromL1" | "skipped"> {
  const left = new Map(executed.skipped.map(({ transaction, reason }) => [transaction, reason]));
  const { receipts } = executed.block;
  const leftOut: BlockPlace["skipped"] = [...skipped];
  let included = 0;
  for (const [i, transaction] of input.transactions.entries()) {
    const at = { batch, block: input.number, transaction: included };
    const index = forced.get(transaction);
    if (index !== undefined) {
      const used = receipts[included - 1]?.cumulativeGasUsed ?? 0n;
      requireRoom(transaction, input.gasLimit - used, at);
    }
    const reason = left.get(transaction);
    if (reason === undefined) included += 1;
    else if (index !== undefined) leftOut.push({ index, reason });
    else {
      const field = i < deposits ? "deposit" : "transaction";
      throw new DifferenceError({ ...at, field, claimed: "valid at its place", found: reason });
    }
  }
  const fromL1 = deposits + forced.size;
  const notThere = [...forced.keys()].filter((transaction) => left.has(transaction)).length;
  const byIndex = (a: { index: number }, b: { index: number }) => a.index - b.index;
  return { transactionsFromL1: fromL1 - notThere, skipped: leftOut.sort(byIndex) };
}

function requireRoom({ gasLimit }: Transaction, room: bigint, at: DifferencePlace): void {
  if (gasLimit <= room) return;
  const found = `gas of ${gasLimit} where ${room} are left`;
  throw new DifferenceError({ ...at, field: "forced transaction", claimed: "in the block", found });
}
