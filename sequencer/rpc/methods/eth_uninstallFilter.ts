import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { filterId } from "../schema/filterId.ts";

export const eth_uninstallFilter = defineMethod({
  name: "eth_uninstallFilter",
  summary: "Ends a filter; false when there is none",
  params: z.tuple([filterId()]),
  handler: (context, [id]) => context.filters.remove(id),
});
