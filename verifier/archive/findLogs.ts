import { setImmediate } from "node:timers/promises";
import { type Log, matchesLog } from "../../protocol/index.ts";
import { logKey, numberOf } from "./archiveKeys.ts";
import type { ArchiveView } from "./archiveStore.ts";
import { transactionHashes } from "./bodyCodec.ts";
import { blockRecord, outcomesOf, part } from "./readBlocks.ts";
import type { ArchivedLog, LogSearch } from "./types.ts";

/** Blocks that the index is asked for at once. */
const WINDOW = 1024;
/** Longest time that other work waits. */
const PACE_MS = 10;

/**
 * Logs in the order of the chain. The index says which blocks may have one, the blocks' logs decide. Memory is bound by
 * the limit, and the thread is given back every few milliseconds.
 */
export async function findLogs(view: ArchiveView, search: LogSearch, head: number): Promise<ArchivedLog[]> {
  const found: ArchivedLog[] = [];
  const last = Math.min(search.toBlock, head);
  let since = performance.now();
  for (let start = search.fromBlock; start <= last; start += WINDOW) {
    for (const number of candidates(view, search, start, Math.min(start + WINDOW - 1, last))) {
      found.push(...logsOf(view, search, number));
      if (found.length > search.limit) return found.slice(0, search.limit + 1);
      if (performance.now() - since < PACE_MS) continue;
      await setImmediate();
      since = performance.now();
    }
  }
  return found;
}

/** Numbers of the blocks that have a wanted value at each position that is asked for, ascending. */
function candidates(view: ArchiveView, search: LogSearch, first: number, last: number): number[] {
  const wanted: Uint8Array[][] = [search.addresses, ...search.topics];
  let left: Set<number> | undefined;
  for (const [position, values] of wanted.entries()) {
    if (values.length === 0) continue;
    const having = blocksHaving(view, position, values, first, last);
    const before: Set<number> | undefined = left;
    left = before === undefined ? having : new Set([...having].filter((number) => before.has(number)));
    if (left.size === 0) return [];
  }
  if (left !== undefined) return [...left].sort((a, b) => a - b);
  return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
}

function blocksHaving(
  view: ArchiveView,
  position: number,
  values: readonly Uint8Array[],
  first: number,
  last: number,
): Set<number> {
  const having = new Set<number>();
  for (const value of values) {
    const range = { start: logKey(position, value, first), end: logKey(position, value, last + 1) };
    for (const key of view.keys("log", range)) having.add(numberOf(key));
    if (having.size === last - first + 1) break;
  }
  return having;
}

function logsOf(view: ArchiveView, search: LogSearch, number: number): ArchivedLog[] {
  const matching: { log: Log; transactionIndex: number; logIndex: number }[] = [];
  let logIndex = 0;
  for (const [transactionIndex, { logs }] of outcomesOf(view, number).entries()) {
    for (const log of logs) {
      if (matchesLog(log, search)) matching.push({ log, transactionIndex, logIndex });
      logIndex++;
    }
  }
  const record = matching.length === 0 ? undefined : blockRecord(view, number);
  if (record === undefined) return [];
  const hashes = transactionHashes(
    part(view, "body", number),
    new Set(matching.map(({ transactionIndex }) => transactionIndex)),
  );
  return matching.flatMap((one) => {
    const transactionHash = hashes.get(one.transactionIndex);
    if (transactionHash === undefined) return [];
    const block = { blockNumber: number, blockHash: record.hash, blockTimestamp: record.header.timestamp };
    return [{ ...one, ...block, transactionHash }];
  });
}
