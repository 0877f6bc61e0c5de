import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { formatBlock } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { isPending, withoutSeal } from "../pending/pendingFields.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getBlockByNumber = defineMethod({
  name: "eth_getBlockByNumber",
  summary: "A block by number or tag, with whole transactions or their hashes",
  params: z.tuple([blockNumber(), z.boolean().describe("fullTransactions")]),
  handler: async (context, [selector, full]) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) return null;
    return isPending(selector) && context.pendingBlock !== undefined
      ? withoutSeal(formatBlock(block, full))
      : context.blocks.texts.block(block, full);
  },
});
