import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash, smallQuantity } from "../schema/hex.ts";

/** As geth: "0x" for a place where there is none. */
export const eth_getRawTransactionByBlockHashAndIndex = defineMethod({
  name: "eth_getRawTransactionByBlockHashAndIndex",
  summary: "A transaction as it was signed, by its place",
  params: z.tuple([hash("blockHash"), smallQuantity("index")]),
  handler: async (context, [blockHash, index]) => {
    const block = await context.blocks.byHash(blockHash);
    return bytesToHex(block?.transactions[index]?.raw ?? new Uint8Array(0));
  },
});
