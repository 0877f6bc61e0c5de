import type { Block } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";
import { quantity } from "../format/quantity.ts";
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
  if (toBlock - fromBlock >= logRange) {
    const fits = `[${quantity(fromBlock)}, ${quantity(fromBlock + logRange - 1)}]`;
    throw limitExceeded(`query exceeds max block range ${logRange}. Try with this block range ${fits}.`);
  }
  const blocks = cachedBlocks(context, fromBlock, toBlock);
  if (blocks === undefined) return context.chain.logs({ ...criteria, fromBlock, toBlock, limit: logResults });
  const found = blocks.flatMap((block) => blockLogs(block, criteria));
  const beyond = found[logResults];
  if (beyond !== undefined) throw tooManyLogs(logResults, fromBlock, beyond.blockNumber);
  return found;
}

/** `beyond`: the block of the first log that is too many; all before it can be had. */
function tooManyLogs(limit: number, fromBlock: number, beyond: number) {
  const fits =
    beyond > fromBlock
      ? `. Try with this block range [${quantity(fromBlock)}, ${quantity(beyond - 1)}].`
      : "";
  return limitExceeded(`query returned more than ${limit} results${fits}`);
}

type Border = Exclude<BlockSelector, { hash: Uint8Array }>;

/** As in geth, a border left out is the head, and logs of the block being built are not served. */
function borderOf(given: BlockSelector | undefined): Border {
  const border = given === undefined || "hash" in given ? { tag: "latest" as const } : given;
  if ("tag" in border && border.tag === "pending") throw serverError("pending logs are not supported");
  return border;
}

/** What `eth_getLogs` answers. */
export async function queryLogs(context: RpcContext, query: LogQuery): Promise<MinedLog[]> {
  assertCriteriaBound(query, context.limits.filterAlternatives);
  if (query.blockHash !== undefined) {
    const block = await context.blocks.byHash(query.blockHash);
    if (block === undefined) throw serverError("unknown block");
    return blockLogs(block, query);
  }
  const from = borderOf(query.fromBlock);
  const to = borderOf(query.toBlock);
  // Only numbers that were given are compared before the head is looked at, as in geth.
  if ("number" in from && "number" in to && from.number > to.number) {
    throw invalidParams("invalid block range params");
  }
  const latest = context.heads.heads().latest.number;
  const fromBlock = selectedNumber(context, from);
  const toBlock = selectedNumber(context, to);
  if (fromBlock > latest || toBlock > latest) {
    throw invalidParams("block range extends beyond current head block");
  }
  if (fromBlock > toBlock) return [];
  return logsInRange(context, query, fromBlock, toBlock);
}
