import { bytesToHex } from "../../../protocol/index.ts";
import { logsInRange, queryLogs } from "../blocks/queryLogs.ts";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import type { RpcContext } from "../context.ts";
import { formatLog } from "../format/log.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import type { Filter } from "./filterRegistry.ts";

/** Blocks that one poll reports at most; the rest comes with the next one. */
const BLOCKS_PER_POLL = 1000;

async function blockHashes(context: RpcContext, from: number, to: number): Promise<string[]> {
  const hashes: string[] = [];
  for (let number = from; number <= to; number++) {
    const found = await context.blocks.headerByNumber(number);
    if (found !== undefined) hashes.push(bytesToHex(found.hash));
  }
  return hashes;
}

/** Last block that a log filter wants; the head when it is open-ended. */
function lastWanted(context: RpcContext, filter: Extract<Filter, { kind: "log" }>, latest: number): number {
  const border = filter.query.toBlock;
  if (border === undefined || "hash" in border || "tag" in border) return latest;
  return Math.min(latest, selectedNumber(context, border));
}

/** What is new since the last poll. The place is moved on before anything is awaited: two polls never report twice. */
export async function filterChanges(context: RpcContext, filter: Filter): Promise<unknown[]> {
  if (filter.kind === "pending") return filter.hashes.splice(0);
  const latest = context.heads.heads().latest.number;
  const from = filter.nextBlock;
  const wanted = filter.kind === "log" ? lastWanted(context, filter, latest) : latest;
  const to = Math.min(wanted, from + BLOCKS_PER_POLL - 1);
  if (from > to) return [];
  filter.nextBlock = to + 1;
  try {
    if (filter.kind === "block") return await blockHashes(context, from, to);
    return (await logsInRange(context, filter.query, from, to)).map(formatLog);
  } catch (error) {
    // Nothing was reported: the next poll starts here again.
    filter.nextBlock = Math.min(filter.nextBlock, from);
    throw error;
  }
}

/** All logs of a log filter, as `eth_getLogs` with the same query. */
export async function filterLogs(context: RpcContext, filter: Filter): Promise<unknown[]> {
  if (filter.kind !== "log") throw serverError("filter not found");
  return (await queryLogs(context, filter.query)).map(formatLog);
}
