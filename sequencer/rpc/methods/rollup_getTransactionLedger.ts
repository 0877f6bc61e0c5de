import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { transactionLedger } from "../ledger/transactionLedger.ts";
import { hash } from "../schema/hex.ts";

export const rollup_getTransactionLedger = defineMethod({
  name: "rollup_getTransactionLedger",
  summary:
    "A transaction's way: received, queued, executed, included, batched, safe, finalized, or rejected and why",
  params: z.tuple([hash("transactionHash")]),
  handler: (context, [transactionHash]) => transactionLedger(context, transactionHash),
});
