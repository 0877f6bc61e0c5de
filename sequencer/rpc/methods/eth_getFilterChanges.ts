import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { filterId } from "../schema/filterId.ts";

export const eth_getFilterChanges = defineMethod({
  name: "eth_getFilterChanges",
  summary: "What is new since the filter was polled last",
  params: z.tuple([filterId()]),
  limits: ["logResults", "filterIdleMs"],
  handler: (context, [id]) => context.filters.changes(context, id),
});
