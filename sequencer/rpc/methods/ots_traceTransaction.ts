import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";
import { callFramesOf, framesInOrder } from "../trace/callFrames.ts";

export const ots_traceTransaction = defineMethod({
  name: "ots_traceTransaction",
  summary: "The calls of a mined transaction in a row, for Otterscan",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash], caller) => {
    const root = await callFramesOf(context, caller, transactionHash);
    return [...framesInOrder(root)].map(({ frame, depth }) => {
      const { type, from, to, value, input, output } = frame;
      const movesNothing = type === "DELEGATECALL" || type === "STATICCALL";
      return {
        type,
        depth,
        from,
        to: to ?? null,
        value: movesNothing ? null : (value ?? null),
        input,
        output: output ?? "0x",
      };
    });
  },
});
