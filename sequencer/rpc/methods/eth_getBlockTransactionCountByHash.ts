import { z } from "zod";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getBlockTransactionCountByHash = defineMethod({
  name: "eth_getBlockTransactionCountByHash",
  summary: "Number of transactions in a block",
  params: z.tuple([hash("blockHash")]),
  handler: async (context, [blockHash]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : quantity(block.transactions.length);
  },
});
