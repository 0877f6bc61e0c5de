import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getUncleCountByBlockHash = defineMethod({
  name: "eth_getUncleCountByBlockHash",
  summary: "Zero for every block: there are no uncles",
  params: z.tuple([hash("blockHash")]),
  handler: async (context, [blockHash]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : "0x0";
  },
});
