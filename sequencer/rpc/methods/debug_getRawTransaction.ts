import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

/** As geth: "0x" for a transaction that nobody knows. */
export const debug_getRawTransaction = defineMethod({
  name: "debug_getRawTransaction",
  summary: "A transaction, mined or in the pool, as it was signed (EIP-2718)",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const place = context.blocks.findTransaction(bytesToHex(transactionHash));
    const recent = place?.block.transactions[place.index];
    if (recent !== undefined) return bytesToHex(recent.raw);
    const pooled = await context.mempool.get(transactionHash);
    const mined = await context.chain.transactionByHash(transactionHash);
    return bytesToHex(mined?.transaction.raw ?? pooled?.raw ?? new Uint8Array(0));
  },
});
