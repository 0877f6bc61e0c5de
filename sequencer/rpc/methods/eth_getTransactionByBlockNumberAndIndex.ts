import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { placeInBlock } from "../format/block.ts";
import { formatTransaction } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

export const eth_getTransactionByBlockNumberAndIndex = defineMethod({
  name: "eth_getTransactionByBlockNumberAndIndex",
  summary: "A transaction by its place",
  params: z.tuple([blockNumber(), smallQuantity("index")]),
  handler: async (context, [selector, index]) => {
    const block = await resolveBlock(context, selector);
    const transaction = block?.transactions[index];
    if (block === undefined || transaction === undefined) return null;
    return formatTransaction(transaction, placeInBlock(block, index));
  },
});
