import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const eth_newBlockFilter = defineMethod({
  name: "eth_newBlockFilter",
  summary: "A filter that reports hashes of new blocks when polled",
  params: z.tuple([]),
  handler: (context, _params, caller) =>
    context.filters.addBlockFilter(caller.client, context.heads.heads().latest.number + 1),
});
