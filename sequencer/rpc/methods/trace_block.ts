import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { parityFrames } from "../trace/parityFrames.ts";

export const trace_block = defineMethod({
  name: "trace_block",
  summary: "The calls of a block's transactions in a row, as Parity tells them",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector], caller) => {
    const block = await resolveBlock(context, selector);
    return block === undefined ? null : parityFrames(context, caller, block);
  },
});
