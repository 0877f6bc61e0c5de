import { LRUCache } from "lru-cache";
import type { BlockExecutionReport } from "../../../executor/index.ts";
import type { ChainStore } from "../../chain-store/types.ts";
import type { HeadTracker } from "../heads/headTracker.ts";

/** Reports in memory in front of the chain store: who asks for one transaction of a block asks for the next too. */
export interface ExecutionCache {
  byNumber(blockNumber: number): Promise<BlockExecutionReport | undefined>;
}

/** A block of thousands of contract calls decodes to a few megabytes. A report stays as it is until the chain is rolled back. */
const MAX_REPORTS = 16;

export function createExecutionCache(
  chain: Pick<ChainStore, "blockExecution">,
  heads?: Pick<HeadTracker, "onRollback">,
): ExecutionCache {
  const reports = new LRUCache<number, BlockExecutionReport>({
    max: MAX_REPORTS,
    fetchMethod: (blockNumber) => chain.blockExecution(blockNumber),
  });
  heads?.onRollback(() => reports.clear());
  return { byNumber: (blockNumber) => reports.fetch(blockNumber) };
}
