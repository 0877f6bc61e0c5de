import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getUncleCountByBlockNumber = defineMethod({
  name: "eth_getUncleCountByBlockNumber",
  summary: "Number of uncles of a block: zero for Braid's own",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    return block === undefined ? null : quantity(block.ethereum?.uncles.length ?? 0);
  },
});
