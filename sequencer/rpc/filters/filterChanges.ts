import { type BlockRef, bytesToHex, hexToBytes } from "../../../protocol/index.ts";
import { blockLogs } from "../blocks/blockLogs.ts";
import { logsInRange } from "../blocks/queryLogs.ts";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import type { RpcContext } from "../context.ts";
import { formatLog } from "../format/log.ts";
import { RPC_CODES, RpcError } from "../json-rpc/rpcError.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";
import type { LogQuery } from "../schema/logFilter.ts";
import { removedLogs } from "../subscriptions/removedLogs.ts";
import type { RollbackJournal } from "../subscriptions/rollbackJournal.ts";
import type { FilterDefinition } from "./filterDefinition.ts";

/** Blocks that one poll reports at most; the rest comes with the next one. */
const BLOCKS_PER_POLL = 1000;

/** The last block that a filter's client has been told of. */
export const blockCursor = ({ number, hash }: BlockRef): string => `${number}:${bytesToHex(hash)}`;

function parseCursor(cursor: string): BlockRef {
  const [number, hash] = cursor.split(":");
  return { number: Number(number), hash: hexToBytes(hash ?? "0x") };
}

interface Changes {
  results: unknown[];
  cursor: string;
}

/**
 * What is new behind the cursor. The cursor names its block by hash: when that block is no longer in the chain, what
 * the client was told of it and of its fellows is taken back first, as far back as the chains agree.
 */
export async function chainChanges(
  context: RpcContext,
  rollbacks: RollbackJournal,
  definition: Exclude<FilterDefinition, { kind: "pending" }>,
  cursor: string,
): Promise<Changes> {
  const latest = context.heads.heads().latest.number;
  const { results, told } = await takeBack(context, rollbacks, definition, parseCursor(cursor));
  const from = told.number + 1;
  // Another process told of a block that has not come here yet.
  if (from > latest) return { results, cursor: blockCursor(told) };
  let to = Math.min(latest, from + BLOCKS_PER_POLL - 1);
  if (definition.kind === "log") {
    const found = await newLogs(context, definition.query, from, to);
    results.push(...found.logs);
    to = found.to;
  } else {
    for (let number = from; number <= to; number++) {
      const block = await context.blocks.headerByNumber(number);
      if (block !== undefined) results.push(bytesToHex(block.hash));
    }
  }
  const last = await context.blocks.headerByNumber(to);
  if (last === undefined) return { results: [], cursor };
  return { results, cursor: blockCursor({ number: to, hash: last.hash }) };
}

async function takeBack(
  context: RpcContext,
  rollbacks: RollbackJournal,
  definition: FilterDefinition,
  told: BlockRef,
): Promise<{ results: unknown[]; told: BlockRef }> {
  const results: unknown[] = [];
  let at = told;
  for (;;) {
    const hash = bytesToHex(at.hash);
    const gone = rollbacks.removed(hash);
    const kept = await context.blocks.headerByNumber(at.number);
    if (kept !== undefined && bytesToHex(kept.hash) === hash) return { results, told: at };
    if (gone === undefined) return { results, told: await nearest(context, at) };
    if (definition.kind === "log") results.push(...removedLogs(gone, definition.query));
    at = { number: at.number - 1, hash: gone.header.parentHash };
  }
}

/** Where to go on when the told block is not known here: its number, or the head when that is lower. */
async function nearest(context: RpcContext, told: BlockRef): Promise<BlockRef> {
  const { latest } = context.heads.heads();
  if (told.number > latest.number) return told.number === latest.number + 1 ? told : latest;
  const block = await context.blocks.headerByNumber(told.number);
  return { number: told.number, hash: block?.hash ?? told.hash };
}

/** The numbers that a log filter keeps to; the end is open for tags, which go with the chain. */
export function borders(
  context: Pick<RpcContext, "heads">,
  query: LogQuery,
): { first: number; last: number } {
  const numberOf = (selector: BlockSelector | undefined): number | undefined =>
    selector === undefined || "hash" in selector || ("tag" in selector && selector.tag === "latest")
      ? undefined
      : selectedNumber(context, selector);
  return { first: numberOf(query.fromBlock) ?? 0, last: numberOf(query.toBlock) ?? Number.MAX_SAFE_INTEGER };
}

/** Logs of as many of the blocks as the bound on results lets through; always at least one block's. */
async function newLogs(
  context: RpcContext,
  query: LogQuery,
  from: number,
  to: number,
): Promise<{ logs: unknown[]; to: number }> {
  const { first, last } = borders(context, query);
  const begin = Math.max(from, first);
  let end = to;
  for (;;) {
    const until = Math.min(end, last);
    if (begin > until) return { logs: [], to: end };
    if (begin === until) {
      const block = await context.blocks.byNumber(begin);
      return { logs: block === undefined ? [] : blockLogs(block, query).map(formatLog), to: end };
    }
    try {
      return { logs: (await logsInRange(context, query, begin, until)).map(formatLog), to: end };
    } catch (error) {
      if (!isLogLimit(error)) throw error;
      end = begin + Math.floor((until - begin) / 2);
    }
  }
}

function isLogLimit(error: unknown): boolean {
  if (error instanceof RpcError) return error.rpcCode === RPC_CODES.limitExceeded;
  return error instanceof Error && "code" in error && error.code === "LOG_LIMIT_EXCEEDED";
}
