import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_newPendingTransactionFilter = defineMethod({
  name: "eth_newPendingTransactionFilter",
  summary: "A filter that reports hashes of pooled transactions when polled",
  params: z.tuple([]),
  limits: ["filters", "filtersPerClient", "filterIdleMs", "filterBacklog"],
  handler: (context, _params, { client }) => context.filters.add(context, client, { kind: "pending" }),
});
