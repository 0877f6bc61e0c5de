import { nextBaseFee } from "../baseFee.ts";
import type { BlockHeader } from "../block/block.ts";
import type { ChainConfig } from "../chainConfig.ts";
import { type L1Prices, l1CostFloor } from "./l1CostFloor.ts";

/** Before the first L1 attributes: nothing is known of L1, and the chain's own floor holds. */
export const NO_L1_PRICES: L1Prices = { baseFee: 0n, blobBaseFee: 0n };

/**
 * Base fee of the block after `parent`, in wei: EIP-1559, but never below what posting costs.
 *
 * `prices` are those that L1Block holds after `parent`, so the attributes that open a block set the floor of the next
 * one. That way the fee follows from the parent alone, and the RPC can say it before the block is built.
 */
export function nextL2BaseFee(
  config: Pick<ChainConfig, "baseFeeFloor" | "baseFeeElasticity" | "baseFeeChangeDenominator">,
  parent: Pick<BlockHeader, "gasLimit" | "gasUsed" | "baseFeePerGas">,
  prices: L1Prices,
): bigint {
  return nextBaseFee({ ...config, baseFeeFloor: l1CostFloor(config, prices) }, parent);
}
