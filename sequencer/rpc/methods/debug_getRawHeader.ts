import { z } from "zod";
import { bytesToHex, encodeHeader } from "../../../protocol/index.ts";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockSelector } from "../schema/blockSelector.ts";

export const debug_getRawHeader = defineMethod({
  name: "debug_getRawHeader",
  summary: "RLP of a block's header",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    if (found === undefined) throw serverError("header not found");
    return bytesToHex(encodeHeader(found.header));
  },
});
