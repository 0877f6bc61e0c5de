import { z } from "zod";
import { filterLogs } from "../filters/filterChanges.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_getFilterLogs = defineMethod({
  name: "eth_getFilterLogs",
  summary: "All logs of a log filter",
  params: z.tuple([z.string().describe("filterId")]),
  handler: (context, [id]) => filterLogs(context, context.filters.get(id)),
});
