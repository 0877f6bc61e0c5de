import type { SealingRule } from "./sealingRule.ts";

/** A block always fits one batch, and a batch one L1 transaction: a block that could not be posted must not be sealed. */
export function sizeRule(maxBytes: number): SealingRule {
  return { name: "size", admits: (progress, tx) => progress.bytes + tx.raw.length <= maxBytes };
}
