import { z } from "zod";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getUncleCountByBlockHash = defineMethod({
  name: "eth_getUncleCountByBlockHash",
  summary: "Number of uncles of a block: zero for Braid's own",
  params: z.tuple([hash("blockHash")]),
  handler: async (context, [blockHash]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : quantity(block.ethereum?.uncles.length ?? 0);
  },
});
