import { z } from "zod";
import { formatHeader } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getHeaderByHash = defineMethod({
  name: "eth_getHeaderByHash",
  summary: "A header by hash",
  params: z.tuple([hash("blockHash")]),
  handler: async (context, [blockHash]) => {
    const block = await context.blocks.byHash(blockHash);
    return block === undefined ? null : formatHeader(block.header, block.hash);
  },
});
