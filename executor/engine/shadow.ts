import { bytesEqual, encodeStateDiff } from "../../protocol/index.ts";
import type { StateReader } from "../state/types.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { encodeReceipt } from "./encodeReceipt.ts";
import { type Engine, type ExecutedTransactions, executeTransactions } from "./executeTransactions.ts";
import { planOf } from "./plan.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

export interface ShadowedTransactions<T extends LaneTransaction> {
  /** What counts: the lanes' result where it is right, else the one of one lane. */
  ran: ExecutedTransactions<T>;
  /** What was wrong with the lanes' result, when something was. */
  difference: string | undefined;
}

/**
 * Shadow mode: runs the block once more, one transaction at a time, without lanes and without what was learned, and
 * compares all that goes into the block.
 */
export async function runShadow<T extends LaneTransaction>(
  engine: Engine,
  reader: StateReader,
  environment: BlockEnvironment,
  transactions: T[],
  inLanes: ExecutedTransactions<T>,
): Promise<ShadowedTransactions<T>> {
  const alone: Engine = {
    ...engine,
    carrier: undefined,
    plan: (candidates) => planOf(candidates.map(() => 0)),
  };
  const inOrder = await executeTransactions(alone, reader, environment, transactions);
  const difference = firstDifference(inLanes, inOrder);
  return { ran: difference === undefined ? inLanes : inOrder, difference };
}

/** Names the first thing in which two executions of one block differ. */
export function firstDifference<T extends LaneTransaction>(
  actual: ExecutedTransactions<T>,
  expected: ExecutedTransactions<T>,
): string | undefined {
  const a = actual.assembly;
  const b = expected.assembly;
  const skipped = ({ transaction, reason, retryable }: (typeof a.skipped)[number]) =>
    `${a.transactions.indexOf(transaction)} ${reason} ${retryable}`;
  if (a.skipped.map(skipped).join("\n") !== b.skipped.map(skipped).join("\n")) return "left-out transactions";
  if (a.transactions.length !== b.transactions.length) return "number of transactions";
  for (const [index, receipt] of a.receipts.entries()) {
    const other = b.receipts[index];
    if (a.transactions[index] !== b.transactions[index]) return `transaction at place ${index}`;
    if (other === undefined || !bytesEqual(encodeReceipt(receipt), encodeReceipt(other))) {
      return `receipt of transaction ${index}`;
    }
  }
  const sameState = bytesEqual(encodeStateDiff(a.overlay.diff()), encodeStateDiff(b.overlay.diff()));
  return sameState ? undefined : "state after the block";
}
