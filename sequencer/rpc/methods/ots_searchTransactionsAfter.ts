import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { searchTransactions } from "../ots/searchTransactions.ts";
import { address, smallQuantity } from "../schema/hex.ts";

export const ots_searchTransactionsAfter = defineMethod({
  name: "ots_searchTransactionsAfter",
  summary: "A page of the transactions that touched an account after a block, newest first; 0: from genesis",
  params: z.tuple([address(), smallQuantity("blockNumber"), smallQuantity("pageSize")]),
  handler: (context, params) => searchTransactions(context, "after", params),
});
