import type { SealingRule } from "./sealingRule.ts";

/**
 * The gas limits of a block's transactions never add up to more than the block's own, so no transaction that was
 * selected is refused for want of gas at its place.
 */
export function gasRule(blockGasLimit: bigint): SealingRule {
  return { name: "gas", admits: (progress, tx) => progress.gas + tx.gasLimit <= blockGasLimit };
}
