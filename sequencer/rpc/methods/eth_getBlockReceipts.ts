import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { formatReceipts } from "../format/receipts.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { isPending } from "../pending/pendingFields.ts";
import { blockSelector } from "../schema/blockSelector.ts";

export const eth_getBlockReceipts = defineMethod({
  name: "eth_getBlockReceipts",
  summary: "Receipts of all transactions of a block",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) return null;
    return isPending(selector) ? formatReceipts(block) : context.blocks.texts.receipts(block);
  },
});
