import { z } from "zod";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { formatHeader } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { isPending, withoutSeal } from "../pending/pendingFields.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const eth_getHeaderByNumber = defineMethod({
  name: "eth_getHeaderByNumber",
  summary: "A header by number or tag",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const pending = isPending(selector) ? await context.pendingBlock?.() : undefined;
    if (pending !== undefined) return withoutSeal(formatHeader(pending.block.header, pending.block.hash));
    const found = await resolveHeader(context, selector);
    return found === undefined ? null : formatHeader(found.header, found.hash);
  },
});
