import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { receiptBlock } from "../format/block.ts";
import { type FormattedReceipt, formatReceipt } from "../format/receipt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";

export const eth_getBlockReceipts = defineMethod({
  name: "eth_getBlockReceipts",
  summary: "Receipts of all transactions of a block",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) return null;
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
  },
});
