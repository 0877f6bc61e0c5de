import { z } from "zod";
import { blockAccessListToJson, decodeBlockAccessList } from "../../../protocol/index.ts";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { resourceNotFound } from "../json-rpc/rpcError.ts";
import { blockSelector } from "../schema/blockSelector.ts";

/** The execution API: null for an unknown block, an error for a known one whose list does not exist. */
export const eth_getBlockAccessList = defineMethod({
  name: "eth_getBlockAccessList",
  summary: "Accounts and slots that a block accessed, with what they held after each change (EIP-7928)",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    if (found === undefined) return null;
    const encoded = await context.chain.blockAccessList(found.header.number);
    if (encoded === undefined) {
      throw resourceNotFound(`block ${found.header.number} is from before access lists were kept`);
    }
    return blockAccessListToJson(decodeBlockAccessList(encoded));
  },
});
