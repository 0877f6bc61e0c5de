import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getBlockByHash = defineMethod({
  name: "eth_getBlockByHash",
  summary: "A block by hash, with whole transactions or their hashes",
  params: z.tuple([hash("blockHash"), z.boolean().describe("fullTransactions")]),
  handler: async (context, [blockHash, full]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : context.blocks.texts.block(block, full);
  },
});
