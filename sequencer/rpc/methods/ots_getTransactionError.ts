import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";
import { callFramesOf } from "../trace/callFrames.ts";

export const ots_getTransactionError = defineMethod({
  name: "ots_getTransactionError",
  summary: "What a transaction reverted with; empty when it did not",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash], caller) => {
    const { error, output } = await callFramesOf(context, caller, transactionHash, true);
    return error === undefined ? "0x" : (output ?? "0x");
  },
});
