import { z } from "zod";
import { formatUncle } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash, smallQuantity } from "../schema/hex.ts";

export const eth_getUncleByBlockHashAndIndex = defineMethod({
  name: "eth_getUncleByBlockHashAndIndex",
  summary: "An uncle of an imported block; Braid's own have none",
  params: z.tuple([hash("blockHash"), smallQuantity("index")]),
  handler: async (context, [blockHash, index]) => {
    const uncle = (await context.blocks.byHash(blockHash))?.ethereum?.uncles[index];
    return uncle === undefined ? null : formatUncle(uncle);
  },
});
