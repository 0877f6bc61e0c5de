import { z } from "zod";
import { resolveBlock, selectedNumber } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { traceConfig } from "../trace/traceConfig.ts";
import { traceWholeBlock } from "../trace/traceWholeBlock.ts";

export const debug_traceBlockByNumber = defineMethod({
  name: "debug_traceBlockByNumber",
  summary: "How the transactions of a block ran",
  params: z.tuple([blockNumber(), traceConfig().optional()]),
  handler: async (context, [selector, config], caller) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) {
      const number = "hash" in selector ? "?" : selectedNumber(context, selector);
      throw serverError(`block #${number} not found`);
    }
    return traceWholeBlock(context, caller, block, config);
  },
});
