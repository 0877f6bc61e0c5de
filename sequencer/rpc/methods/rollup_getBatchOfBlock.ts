import { z } from "zod";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import { formatBatch } from "../format/batch.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const rollup_getBatchOfBlock = defineMethod({
  name: "rollup_getBatchOfBlock",
  summary: "The batch that holds a block and how far it is on L1; null before it is batched",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    if ("hash" in selector) throw invalidParams("invalid argument 0: expected a block number or tag");
    const batch = await context.chain.batchOfBlock(selectedNumber(context, selector));
    return batch === undefined ? null : formatBatch(batch);
  },
});
