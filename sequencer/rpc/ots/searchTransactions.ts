import type { AccountQuery } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";
import { placeInBlock } from "../format/block.ts";
import { formatTransaction } from "../format/transaction.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { accountHistory } from "./accountHistory.ts";
import { receiptAt } from "./blockTransactions.ts";

/** Transactions that one page may ask for; whole blocks are answered, so that there may be a few more. */
const MAX_PAGE = 100;

/**
 * A page of the transactions that touched an account, newest first, whichever way it was searched. Block 0 means the
 * head when searching back, and genesis when searching on.
 */
export async function searchTransactions(
  context: RpcContext,
  direction: AccountQuery["direction"],
  [address, block, pageSize]: [Uint8Array, number, number],
) {
  if (pageSize > MAX_PAGE) throw serverError(`max allowed page size: ${MAX_PAGE}`);
  const { blocks, more } = await accountHistory(context, {
    address,
    direction,
    block: block === 0 ? undefined : block,
    limit: pageSize,
  });
  const newestFirst = direction === "before" ? blocks : blocks.toReversed();
  const txs: Record<string, unknown>[] = [];
  const receipts: Record<string, unknown>[] = [];
  for (const { blockNumber, indices } of newestFirst) {
    const found = await context.blocks.byNumber(blockNumber);
    if (found === undefined) throw serverError(`block ${blockNumber} is gone`);
    for (const index of indices.toReversed()) {
      const transaction = found.transactions[index];
      const receipt = receiptAt(found, index);
      if (transaction === undefined || receipt === undefined) continue;
      txs.push(formatTransaction(transaction, placeInBlock(found, index)));
      receipts.push({ ...receipt, timestamp: found.header.timestamp });
    }
  }
  const fromBorder = block === 0;
  return direction === "before"
    ? { txs, receipts, firstPage: fromBorder, lastPage: !more }
    : { txs, receipts, firstPage: !more, lastPage: fromBorder };
}
