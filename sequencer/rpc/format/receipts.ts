import type { Block } from "../../../protocol/index.ts";
import { receiptBlock } from "./block.ts";
import { type FormattedReceipt, formatReceipt } from "./receipt.ts";

/** Receipts of all transactions of a block, in order. */
export function formatReceipts(block: Block): FormattedReceipt[] {
  const shared = receiptBlock(block);
  const formatted: FormattedReceipt[] = [];
  let logIndex = 0;
  block.receipts.forEach((receipt, index) => {
    const transaction = block.transactions[index];
    if (transaction !== undefined)
      formatted.push(formatReceipt(receipt, transaction, shared, index, logIndex));
    logIndex += receipt.logs.length;
  });
  return formatted;
}
