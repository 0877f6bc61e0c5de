import type { BlockHeader } from "./block/block.ts";
import type { ChainConfig } from "./chainConfig.ts";

/** Base fee of the block after `parent`, in wei: EIP-1559 with the chain's constants, never below its floor. */
export function nextBaseFee(
  config: Pick<ChainConfig, "baseFeeFloor" | "baseFeeElasticity" | "baseFeeChangeDenominator">,
  parent: Pick<BlockHeader, "gasLimit" | "gasUsed" | "baseFeePerGas">,
): bigint {
  const target = parent.gasLimit / config.baseFeeElasticity;
  const fee = parent.baseFeePerGas;
  const distance = parent.gasUsed > target ? parent.gasUsed - target : target - parent.gasUsed;
  const change = (fee * distance) / target / config.baseFeeChangeDenominator;
  let next = fee;
  if (parent.gasUsed > target) next = fee + (change > 0n ? change : 1n);
  else if (parent.gasUsed < target) next = fee - change;
  return next > config.baseFeeFloor ? next : config.baseFeeFloor;
}
