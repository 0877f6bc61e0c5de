import { z } from "zod";
import { formatTransaction } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { formatPool, wholePool } from "../pending/poolContent.ts";

export const txpool_content = defineMethod({
  name: "txpool_content",
  summary: "All transactions in the pool, by sender and nonce",
  params: z.tuple([]),
  limits: ["poolContent"],
  handler: async (context) => formatPool(await wholePool(context), (one) => formatTransaction(one)),
});
