import { z } from "zod";
import { queryLogs } from "../blocks/queryLogs.ts";
import { logsText } from "../format/logsText.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { logQuery } from "../schema/logFilter.ts";

export const eth_getLogs = defineMethod({
  name: "eth_getLogs",
  summary: "Logs of a range of blocks, or of one block, by address and topics",
  params: z.tuple([logQuery()]),
  handler: async (context, [query]) => logsText(await queryLogs(context, query)),
});
