import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { findTransaction } from "../ledger/findTransaction.ts";
import { hash } from "../schema/hex.ts";

/** The ledger's short form; `rollup_getTransactionLedger` tells the whole way. */
export const braid_getTransactionStatus = defineMethod({
  name: "braid_getTransactionStatus",
  summary: "pending, included, rejected with the reason, or unknown to this node",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const place = await findTransaction(context, transactionHash);
    switch (place.kind) {
      case "mined":
        return {
          status: "included",
          blockNumber: quantity(place.mined.blockNumber),
          blockHash: bytesToHex(place.mined.blockHash),
          transactionIndex: quantity(place.mined.index),
        };
      case "pooled":
        return { status: "pending" };
      case "rejected":
        return { status: "rejected", reason: place.reason, at: place.at.toISOString() };
      case "unknown":
        return { status: "unknown" };
    }
  },
});
