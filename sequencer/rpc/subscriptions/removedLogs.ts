import type { Block } from "../../../protocol/index.ts";
import { blockLogs } from "../blocks/blockLogs.ts";
import { formatLog } from "../format/log.ts";
import type { LogCriteria } from "../schema/logFilter.ts";

/** The logs of a block that left the chain, last one first, each marked as removed. */
export function removedLogs(block: Block, criteria: LogCriteria): object[] {
  const logs = blockLogs(block, criteria).map((log) => ({ ...formatLog(log), removed: true }));
  return logs.reverse();
}
