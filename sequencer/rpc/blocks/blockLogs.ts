import { type Block, type LogCriteria, matchesLog } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";

/** Computed once for each block: asked for by every receipt. */
const firstLogIndices = new WeakMap<Block, number[]>();

/** Index in the block of the first log of the transaction at `index`. */
export function firstLogIndex(block: Block, index: number): number {
  let indices = firstLogIndices.get(block);
  if (indices === undefined) {
    let next = 0;
    indices = block.receipts.map((receipt) => {
      const first = next;
      next += receipt.logs.length;
      return first;
    });
    firstLogIndices.set(block, indices);
  }
  return indices[index] ?? 0;
}

/** The block's logs that the criteria want, in order. */
export function blockLogs(block: Block, criteria: LogCriteria): MinedLog[] {
  const found: MinedLog[] = [];
  let logIndex = 0;
  block.receipts.forEach((receipt, transactionIndex) => {
    for (const log of receipt.logs) {
      const transaction = block.transactions[transactionIndex];
      if (transaction !== undefined && matchesLog(log, criteria)) {
        found.push({
          log,
          blockNumber: block.header.number,
          blockHash: block.hash,
          blockTimestamp: block.header.timestamp,
          transactionHash: transaction.hash,
          transactionIndex,
          logIndex,
        });
      }
      logIndex++;
    }
  });
  return found;
}
