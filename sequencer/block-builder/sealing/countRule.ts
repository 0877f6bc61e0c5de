import type { SealingRule } from "./sealingRule.ts";

/** Bounds what one block asks of the lanes, of PostgreSQL and of its readers. */
export function countRule(maxTransactions: number): SealingRule {
  return { name: "count", admits: (progress) => progress.count < maxTransactions };
}
