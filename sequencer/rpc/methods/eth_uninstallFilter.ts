import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const eth_uninstallFilter = defineMethod({
  name: "eth_uninstallFilter",
  summary: "Ends a filter",
  params: z.tuple([z.string().describe("filterId")]),
  handler: (context, [id]) => context.filters.remove(id),
});
