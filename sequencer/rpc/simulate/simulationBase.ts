import type { SimulateBlocksParams, SimulatedChain } from "../../../executor/index.ts";
import { hexToBytes } from "../../../protocol/index.ts";
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

/** What the chain's blocks owe to their parents and to L1. */
export function simulatedChain({ config, forkConfig }: RpcContext): SimulatedChain {
  const { chainId, baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator } = config;
  const depositContract = forkConfig?.depositContract;
  return {
    chainId,
    baseFee: { baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator },
    depositContract: depositContract === undefined ? undefined : hexToBytes(depositContract),
    needsRequestContracts: forkConfig !== undefined,
    collectsBaseFee: forkConfig === undefined,
  };
}
