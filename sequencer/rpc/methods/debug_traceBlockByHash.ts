import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { hash } from "../schema/hex.ts";
import { traceConfig } from "../trace/traceConfig.ts";
import { traceWholeBlock } from "../trace/traceWholeBlock.ts";

export const debug_traceBlockByHash = defineMethod({
  name: "debug_traceBlockByHash",
  summary: "How the transactions of a block ran",
  params: z.tuple([hash("blockHash"), traceConfig().optional()]),
  handler: async (context, [blockHash, config], caller) => {
    const block = await context.blocks.byHash(blockHash);
    if (block === undefined) throw serverError(`block ${bytesToHex(blockHash)} not found`);
    return traceWholeBlock(context, caller, block, config);
  },
});
