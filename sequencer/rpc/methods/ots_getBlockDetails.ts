import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockDetails } from "../ots/blockDetails.ts";
import { otterscanBlockNumber } from "../schema/otterscanBlock.ts";

export const ots_getBlockDetails = defineMethod({
  name: "ots_getBlockDetails",
  summary: "A block without its transactions, with their number, what they paid and what the block created",
  params: z.tuple([otterscanBlockNumber()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    return block === undefined ? null : blockDetails(block, context.forkConfig);
  },
});
