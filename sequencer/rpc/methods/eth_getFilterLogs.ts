import { z } from "zod";
import { queryLogs } from "../blocks/queryLogs.ts";
import { formatLog } from "../format/log.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { filterId } from "../schema/filterId.ts";

export const eth_getFilterLogs = defineMethod({
  name: "eth_getFilterLogs",
  summary: "All logs of a log filter, as `eth_getLogs` with the same criteria",
  params: z.tuple([filterId()]),
  limits: ["logRange", "logResults", "filterIdleMs"],
  handler: async (context, [id]) => {
    const definition = await context.filters.definition(id);
    if (definition.kind !== "log") throw serverError("filter not found");
    return (await queryLogs(context, definition.query)).map(formatLog);
  },
});
