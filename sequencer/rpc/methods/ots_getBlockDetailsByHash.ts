import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { blockDetails } from "../ots/blockDetails.ts";
import { hash } from "../schema/hex.ts";

export const ots_getBlockDetailsByHash = defineMethod({
  name: "ots_getBlockDetailsByHash",
  summary: "As ots_getBlockDetails, by the block's hash",
  params: z.tuple([hash("blockHash")]),
  handler: async (context, [blockHash]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : blockDetails(block, context.forkConfig);
  },
});
