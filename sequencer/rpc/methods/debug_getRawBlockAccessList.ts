import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { resourceNotFound, serverError } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const debug_getRawBlockAccessList = defineMethod({
  name: "debug_getRawBlockAccessList",
  summary: "RLP of a block's access list (EIP-7928)",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    if (found === undefined) throw serverError("block not found");
    const encoded = await context.chain.blockAccessList(found.header.number);
    if (encoded === undefined) {
      throw resourceNotFound(`block ${found.header.number} is from before access lists were kept`);
    }
    return bytesToHex(encoded);
  },
});
