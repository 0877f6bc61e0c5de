import { z } from "zod";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { formatHeader } from "../format/block.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { otterscanBlockNumber } from "../schema/otterscanBlock.ts";

/** Otterscan asks for block 0 by it, to see what kind of node answers. */
export const erigon_getHeaderByNumber = defineMethod({
  name: "erigon_getHeaderByNumber",
  summary: "A header by number or tag, as Erigon serves it to Otterscan",
  params: z.tuple([otterscanBlockNumber()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    return found === undefined ? null : formatHeader(found.header, found.hash);
  },
});
