import { decodeIndices } from "../../protocol/index.ts";
import { accountKey, HIGHEST_NUMBER, numberOf } from "./archiveKeys.ts";
import type { ArchiveView, KeyRange } from "./archiveStore.ts";
import type { AccountBlocks, AccountSearch } from "./types.ts";

/** Blocks with transactions that touched an account, nearest to where the search starts first. */
export function findAccountBlocks(view: ArchiveView, search: AccountSearch): AccountBlocks {
  const history: AccountBlocks = { blocks: [], more: false };
  let found = 0;
  for (const { key, value } of view.entries("account", rangeOf(search))) {
    if (found >= search.limit) return { ...history, more: true };
    const indices = decodeIndices(value);
    history.blocks.push({ blockNumber: numberOf(key), indices });
    found += indices.length;
  }
  return history;
}

/** The address alone is a shorter key than any of its blocks'. */
function rangeOf({ address, direction, block }: AccountSearch): KeyRange {
  const key = (number: number) => accountKey(address, Math.min(Math.max(number, 0), HIGHEST_NUMBER));
  const nothing = { start: key(0), end: key(0) };
  if (direction === "after") {
    return { start: key(block === undefined ? 0 : block + 1), end: key(HIGHEST_NUMBER) };
  }
  if (block === 0) return nothing;
  return {
    start: key(block === undefined ? HIGHEST_NUMBER : block - 1),
    end: Buffer.from(address),
    reverse: true,
  };
}
