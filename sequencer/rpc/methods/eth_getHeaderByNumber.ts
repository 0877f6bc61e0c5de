import { z } from "zod";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { formatHeader } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getHeaderByNumber = defineMethod({
  name: "eth_getHeaderByNumber",
  summary: "A header by number or tag",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    return found === undefined ? null : formatHeader(found.header, found.hash);
  },
});
