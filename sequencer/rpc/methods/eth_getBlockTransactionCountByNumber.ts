import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getBlockTransactionCountByNumber = defineMethod({
  name: "eth_getBlockTransactionCountByNumber",
  summary: "Number of transactions in a block",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    return block === undefined ? null : quantity(block.transactions.length);
  },
});
