import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

/** As geth: "0x" for a place where there is none. */
export const eth_getRawTransactionByBlockNumberAndIndex = defineMethod({
  name: "eth_getRawTransactionByBlockNumberAndIndex",
  summary: "A transaction as it was signed, by its place",
  params: z.tuple([blockNumber(), smallQuantity("index")]),
  handler: async (context, [selector, index]) => {
    const block = await resolveBlock(context, selector);
    return bytesToHex(block?.transactions[index]?.raw ?? new Uint8Array(0));
  },
});
