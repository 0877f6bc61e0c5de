import { z } from "zod";
import { assertCriteriaBound } from "../blocks/queryLogs.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { logQuery } from "../schema/logFilter.ts";
import { assertFollowable } from "../subscriptions/assertFollowable.ts";

/** Polls report what is new; what is old comes from `eth_getFilterLogs`. */
export const eth_newFilter = defineMethod({
  name: "eth_newFilter",
  summary: "A filter that reports new logs when polled",
  params: z.tuple([logQuery()]),
  limits: ["filters", "filtersPerClient", "filterIdleMs", "filterAlternatives"],
  handler: (context, [query], { client }) => {
    assertCriteriaBound(query, context.limits.filterAlternatives);
    assertFollowable(context, query);
    return context.filters.add(context, client, { kind: "log", query });
  },
});
