import { z } from "zod";
import { filterChanges } from "../filters/filterChanges.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_getFilterChanges = defineMethod({
  name: "eth_getFilterChanges",
  summary: "What is new since the filter was polled last",
  params: z.tuple([z.string().describe("filterId")]),
  handler: (context, [id]) => filterChanges(context, context.filters.get(id)),
});
