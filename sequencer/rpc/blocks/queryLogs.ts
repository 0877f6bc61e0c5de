import type { Block } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";
import { invalidParams, limitExceeded, serverError } from "../json-rpc/rpcError.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";
import type { LogCriteria, LogQuery } from "../schema/logFilter.ts";
import { blockLogs } from "./blockLogs.ts";
import { selectedNumber } from "./resolveBlock.ts";

/** Longest range that is looked for in memory before PostgreSQL is asked. */
const CACHED_RANGE = 16;

function cachedBlocks(context: RpcContext, fromBlock: number, toBlock: number): Block[] | undefined {
  if (toBlock - fromBlock >= CACHED_RANGE) return undefined;
  const blocks: Block[] = [];
  for (let number = fromBlock; number <= toBlock; number++) {
    const block = context.blocks.cached(number);
    if (block === undefined) return undefined;
    blocks.push(block);
  }
  return blocks;
}

export function assertCriteriaBound({ addresses, topics }: LogCriteria, bound: number): void {
  if (addresses.length > bound)
    throw invalidParams(`exceed max addresses or topics per search position (${bound})`);
  if (topics.some((position) => position.length > bound)) {
    throw invalidParams(`exceed max addresses or topics per search position (${bound})`);
  }
}

/** Logs of the blocks `fromBlock` to `toBlock`, both included; memory first, then PostgreSQL. */
export async function logsInRange(
  context: RpcContext,
  criteria: LogCriteria,
  fromBlock: number,
  toBlock: number,
): Promise<MinedLog[]> {
  const { logRange, logResults } = context.limits;
  if (toBlock - fromBlock >= logRange) throw limitExceeded(`query exceeds max block range ${logRange}`);
  const blocks = cachedBlocks(context, fromBlock, toBlock);
  if (blocks === undefined) return context.chain.logs({ ...criteria, fromBlock, toBlock, limit: logResults });
  const found = blocks.flatMap((block) => blockLogs(block, criteria));
  if (found.length > logResults) throw limitExceeded(`query returned more than ${logResults} results`);
  return found;
}

const borderNumber = (context: RpcContext, border: BlockSelector | undefined): number => {
  const selector = border ?? { tag: "latest" };
  return selectedNumber(context, "hash" in selector ? { tag: "latest" } : selector);
};

/** What `eth_getLogs` answers. */
export async function queryLogs(context: RpcContext, query: LogQuery): Promise<MinedLog[]> {
  assertCriteriaBound(query, context.limits.filterAlternatives);
  if (query.blockHash !== undefined) {
    const block = await context.blocks.byHash(query.blockHash);
    if (block === undefined) throw serverError("unknown block");
    return blockLogs(block, query);
  }
  const latest = context.heads.heads().latest.number;
  const fromBlock = borderNumber(context, query.fromBlock);
  const toBlock = Math.min(borderNumber(context, query.toBlock), latest);
  if (query.toBlock !== undefined && fromBlock > borderNumber(context, query.toBlock)) {
    throw invalidParams("invalid block range params");
  }
  if (fromBlock > toBlock) return [];
  return logsInRange(context, query, fromBlock, toBlock);
}
