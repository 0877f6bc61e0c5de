import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_newBlockFilter = defineMethod({
  name: "eth_newBlockFilter",
  summary: "A filter that reports hashes of new blocks when polled",
  params: z.tuple([]),
  limits: ["filters", "filtersPerClient", "filterIdleMs"],
  handler: (context, _params, { client }) => context.filters.add(context, client, { kind: "block" }),
});
