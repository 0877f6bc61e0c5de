import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { formatUncle } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

export const eth_getUncleByBlockNumberAndIndex = defineMethod({
  name: "eth_getUncleByBlockNumberAndIndex",
  summary: "An uncle of an imported block; Braid's own have none",
  params: z.tuple([blockNumber(), smallQuantity("index")]),
  handler: async (context, [selector, index]) => {
    const uncle = (await resolveBlock(context, selector))?.ethereum?.uncles[index];
    return uncle === undefined ? null : formatUncle(uncle);
  },
});
