import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { searchTransactions } from "../ots/searchTransactions.ts";
import { address, smallQuantity } from "../schema/hex.ts";

export const ots_searchTransactionsBefore = defineMethod({
  name: "ots_searchTransactionsBefore",
  summary:
    "A page of the transactions that touched an account before a block, newest first; 0: from the head",
  params: z.tuple([address(), smallQuantity("blockNumber"), smallQuantity("pageSize")]),
  handler: (context, params) => searchTransactions(context, "before", params),
});
