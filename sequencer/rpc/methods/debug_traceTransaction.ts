import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { hash } from "../schema/hex.ts";
import { traceMined } from "../trace/traceBlock.ts";
import { traceConfig, tracerChoice, traceTimeout } from "../trace/traceConfig.ts";

export const debug_traceTransaction = defineMethod({
  name: "debug_traceTransaction",
  summary: "How a mined transaction ran",
  params: z.tuple([hash("transactionHash"), traceConfig().optional()]),
  handler: async (context, [transactionHash, config], caller) => {
    const timeoutMs = traceTimeout(config, context.limits.traceMs);
    const request = { choice: tracerChoice(config), timeoutMs };
    const trace = await traceMined(context, caller, transactionHash, request);
    if (trace === undefined) throw serverError("transaction not found");
    return trace.result;
  },
});
