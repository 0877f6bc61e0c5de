import { z } from "zod";
import { bytesToHex, encodeBlock } from "../../../protocol/index.ts";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockSelector } from "../schema/blockSelector.ts";

export const debug_getRawBlock = defineMethod({
  name: "debug_getRawBlock",
  summary: "RLP of a block",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) throw serverError("block not found");
    return bytesToHex(encodeBlock(block));
  },
});
