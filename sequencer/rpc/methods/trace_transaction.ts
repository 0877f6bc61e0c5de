import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";
import { parityFrames } from "../trace/parityFrames.ts";
import { findMined } from "../trace/traceBlock.ts";

export const trace_transaction = defineMethod({
  name: "trace_transaction",
  summary: "The calls of a mined transaction in a row, as Parity tells them",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash], caller) => {
    const found = await findMined(context, transactionHash);
    if (found === undefined) return null;
    const { block, index } = found;
    return parityFrames(context, caller, block, { from: index, to: index + 1 });
  },
});
