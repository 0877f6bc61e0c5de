import type { SimulateBlocksParams, SimulatedChain } from "../../../executor/index.ts";
import { hexToBytes } from "../../../protocol/index.ts";
import { l1Prices } from "../../block-builder/l1Prices.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import type { RpcContext } from "../context.ts";
import { isPending } from "../pending/pendingFields.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";

/** The block that simulated ones follow, and the state after it. */
export async function simulationBase(
  context: RpcContext,
  selector: BlockSelector,
): Promise<Pick<SimulateBlocksParams, "base" | "state" | "blockHashes">> {
  const pending = isPending(selector) ? await context.pendingBlock?.() : undefined;
  if (pending !== undefined) {
    const { block, parent, changes } = pending;
    const { number: blockNumber, stateRoot } = parent.header;
    return {
      base: { header: block.header, hash: block.hash },
      state: { blockNumber, stateRoot, changes },
      blockHashes: await context.blockHashes?.(block.header),
    };
  }
  const { header, hash } = await requireHeader(context, selector);
  return {
    base: { header, hash },
    state: { blockNumber: header.number, stateRoot: header.stateRoot },
    blockHashes: await context.blockHashes?.(header),
  };
}

/**
 * What the chain's blocks owe to their parents and to L1. On Braid's own chains the base fee follows L1's prices, as the base
 * block's state has them.
 */
export async function simulatedChain(
  { config, forkConfig, state }: RpcContext,
  { base: { header }, state: { blockNumber } }: Pick<SimulateBlocksParams, "base" | "state">,
): Promise<SimulatedChain> {
  const { chainId, baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator } = config;
  let prices: SimulatedChain["l1Prices"];
  if (header.ethereum === undefined) {
    const after = await state.at(blockNumber);
    prices = l1Prices(after);
    after.close();
  }
  const depositContract = forkConfig?.depositContract;
  return {
    chainId,
    baseFee: { baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator },
    l1Prices: prices,
    depositContract: depositContract === undefined ? undefined : hexToBytes(depositContract),
    needsRequestContracts: forkConfig !== undefined,
    collectsBaseFee: header.ethereum === undefined,
  };
}
