import type { BatchBlock, ChainConfig } from "../../protocol/index.ts";
import type { L1Batch } from "../types.ts";
import type { BatchEnd, L1Data } from "./batchSource.ts";
import { checkMessages } from "./checkMessages.ts";
import { type PlacedBlock, placeBlocks } from "./placeBlocks.ts";

/**
 * The blocks of a batch with their places on L1: everything about them that holds or does not before they are run.
 * Throws DifferenceError.
 */
export function deriveBatch(
  from: { batch: L1Batch; previous: BatchEnd },
  blocks: readonly BatchBlock[],
  l1: L1Data,
  chain: ChainConfig,
): PlacedBlock[] {
  const placed = placeBlocks(from, blocks, l1, chain);
  checkMessages(from, placed, l1);
  return placed;
}
