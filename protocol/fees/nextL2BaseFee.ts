import { nextBaseFee } from "../baseFee.ts";
import type { BlockHeader } from "../block/block.ts";
import type { ChainConfig } from "../chainConfig.ts";
import { type L1Prices, l1CostFloor } from "./l1CostFloor.ts";

/** Before the first L1 attributes: nothing is known of L1, and the chain's own floor holds. */
export const NO_L1_PRICES: L1Prices = { baseFee: 0n, blobBaseFee: 0n };

/** The floor lifts the base fee by an eighth a block at most, as EIP-1559 does on L1: what wallets leave room for. */
const LIFT_DENOMINATOR = 8n;

/**
 * Base fee of the block after `parent`, in wei: EIP-1559, but not below what posting costs. After a time without blocks
 * that cost may have doubled; the fee then follows in steps of {@link LIFT_DENOMINATOR}, so that what was signed for
 * the last block's fee is still taken, and the first few blocks earn less than they cost.
 *
 * `prices` are those that L1Block holds after `parent`, so the attributes that open a block set the floor of the next
 * one. That way the fee follows from the parent alone, and the RPC can say it before the block is built.
 */
export function nextL2BaseFee(
  config: Pick<ChainConfig, "baseFeeFloor" | "baseFeeElasticity" | "baseFeeChangeDenominator">,
  parent: Pick<BlockHeader, "gasLimit" | "gasUsed" | "baseFeePerGas">,
  prices: L1Prices,
): bigint {
  const { baseFeePerGas } = parent;
  const cost = l1CostFloor(config, prices);
  const within = baseFeePerGas + baseFeePerGas / LIFT_DENOMINATOR;
  const lifted = cost < within ? cost : within;
  const baseFeeFloor = lifted > config.baseFeeFloor ? lifted : config.baseFeeFloor;
  return nextBaseFee({ ...config, baseFeeFloor }, parent);
}
