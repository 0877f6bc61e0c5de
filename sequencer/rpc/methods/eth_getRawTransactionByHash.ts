import { z } from "zod";
import { rawTransaction } from "../blocks/rawTransaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getRawTransactionByHash = defineMethod({
  name: "eth_getRawTransactionByHash",
  summary: "A transaction, mined or in the pool, as it was signed (EIP-2718)",
  params: z.tuple([hash("transactionHash")]),
  handler: (context, [transactionHash]) => rawTransaction(context, transactionHash),
});
