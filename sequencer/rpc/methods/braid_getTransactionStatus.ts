import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

/** The pool is asked before the chain: a transaction that moves while we look is found in one of them. */
export const braid_getTransactionStatus = defineMethod({
  name: "braid_getTransactionStatus",
  summary: "pending, included, rejected with the reason, or unknown to this node",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const pooled = await context.mempool.get(transactionHash);
    const mined = await context.chain.transactionByHash(transactionHash);
    if (mined !== undefined) {
      return {
        status: "included",
        blockNumber: quantity(mined.blockNumber),
        blockHash: bytesToHex(mined.blockHash),
        transactionIndex: quantity(mined.index),
      };
    }
    if (pooled !== undefined) return { status: "pending" };
    const rejection = await context.chain.rejection(transactionHash);
    if (rejection === undefined) return { status: "unknown" };
    return { status: "rejected", reason: rejection.reason, at: rejection.at.toISOString() };
  },
});
