import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { encodeReceipt } from "../format/raw.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockSelector } from "../schema/blockSelector.ts";

export const debug_getRawReceipts = defineMethod({
  name: "debug_getRawReceipts",
  summary: "Receipts of a block as its receipts trie holds them (EIP-2718)",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const block = await resolveBlock(context, selector);
    if (block === undefined) throw serverError("block not found");
    return block.receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)));
  },
});
