import { accountsOfBlock, type Block, bytesEqual } from "../../../protocol/index.ts";
import type { AccountHistory, AccountQuery } from "../types.ts";

/**
 * What `ChainStore.accountTransactions` answers, found by looking at the blocks themselves: for chains held in memory.
 * `blocks` in the order of the chain, the first one's number is its place.
 */
export function searchAccount(
  blocks: readonly Block[],
  { address, direction, block, limit }: AccountQuery,
  executionsOf?: (blockNumber: number) => Parameters<typeof accountsOfBlock>[1],
): AccountHistory {
  const step = direction === "before" ? -1 : 1;
  const border = block ?? (direction === "before" ? blocks.length : -1);
  const history: AccountHistory = { blocks: [], more: false };
  let found = 0;
  for (
    let number = Math.min(border, blocks.length) + step;
    number >= 0 && number < blocks.length;
    number += step
  ) {
    const looked = blocks[number];
    if (looked === undefined) continue;
    const account = accountsOfBlock(looked, executionsOf?.(number)).find((one) =>
      bytesEqual(one.address, address),
    );
    if (account === undefined) continue;
    if (found >= limit) return { ...history, more: true };
    history.blocks.push({ blockNumber: number, indices: account.indices });
    found += account.indices.length;
  }
  return history;
}
