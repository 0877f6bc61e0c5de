import { z } from "zod";
import { placeInBlock } from "../format/block.ts";
import { formatTransaction } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash, smallQuantity } from "../schema/hex.ts";

export const eth_getTransactionByBlockHashAndIndex = defineMethod({
  name: "eth_getTransactionByBlockHashAndIndex",
  summary: "A transaction by its place",
  params: z.tuple([hash("blockHash"), smallQuantity("index")]),
  handler: async (context, [blockHash, index]) => {
    const block = await context.blocks.byHash(blockHash);
    const transaction = block?.transactions[index];
    if (block === undefined || transaction === undefined) return null;
    return formatTransaction(transaction, placeInBlock(block, index));
  },
});
