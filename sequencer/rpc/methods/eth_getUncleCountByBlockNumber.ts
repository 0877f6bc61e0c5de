import { z } from "zod";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getUncleCountByBlockNumber = defineMethod({
  name: "eth_getUncleCountByBlockNumber",
  summary: "Zero for every block: there are no uncles",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    return found === undefined ? null : "0x0";
  },
});
