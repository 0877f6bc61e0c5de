import { z } from "zod";
import { assertCriteriaBound } from "../blocks/queryLogs.ts";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { logQuery } from "../schema/logFilter.ts";

export const eth_newFilter = defineMethod({
  name: "eth_newFilter",
  summary: "A filter that reports new logs when polled",
  params: z.tuple([logQuery()]),
  handler: (context, [query], caller) => {
    if (query.blockHash !== undefined)
      throw invalidParams("invalid argument 0 (filter): blockHash is for eth_getLogs");
    assertCriteriaBound(query, context.limits.filterAlternatives);
    const next = context.heads.heads().latest.number + 1;
    const { fromBlock } = query;
    // Polls report what is new; what is old comes from eth_getFilterLogs.
    const first = fromBlock === undefined || "hash" in fromBlock ? next : selectedNumber(context, fromBlock);
    return context.filters.addLogFilter(caller.client, Math.max(first, next), query);
  },
});
