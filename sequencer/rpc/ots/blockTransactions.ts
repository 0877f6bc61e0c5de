import type { Block } from "../../../protocol/index.ts";
import { firstLogIndex } from "../blocks/blockLogs.ts";
import { placeInBlock, receiptBlock } from "../format/block.ts";
import { formatReceipt } from "../format/receipt.ts";
import { formatTransaction } from "../format/transaction.ts";
import { otterscanBlock } from "./blockDetails.ts";

/** `0x` and the four bytes that select a function. */
const SELECTOR_TEXT = 10;

/** Receipt of the transaction at `index`, as geth gives it. */
export function receiptAt(block: Block, index: number) {
  const receipt = block.receipts[index];
  const transaction = block.transactions[index];
  if (receipt === undefined || transaction === undefined) return undefined;
  return formatReceipt(receipt, transaction, receiptBlock(block), index, firstLogIndex(block, index));
}

function shortTransaction(block: Block, index: number): Record<string, unknown> | undefined {
  const transaction = block.transactions[index];
  if (transaction === undefined) return undefined;
  const formatted = formatTransaction(transaction, placeInBlock(block, index));
  const { input } = formatted;
  return typeof input === "string" ? { ...formatted, input: input.slice(0, SELECTOR_TEXT) } : formatted;
}

/** A page of a block's transactions: page 0 has the last ones, each page is in block order. */
export function blockTransactions(block: Block, page: number, pageSize: number) {
  const end = Math.max(0, block.transactions.length - page * pageSize);
  const start = Math.max(0, end - pageSize);
  const places = Array.from({ length: end - start }, (_, offset) => start + offset);
  return {
    fullblock: {
      ...otterscanBlock(block, false),
      transactions: places.flatMap((index) => shortTransaction(block, index) ?? []),
    },
    receipts: places.flatMap((index) => {
      const receipt = receiptAt(block, index);
      return receipt === undefined ? [] : [{ ...receipt, logs: null, logsBloom: null }];
    }),
  };
}
