import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const net_version = defineMethod({
  name: "net_version",
  summary: "Chain id in decimal",
  params: z.tuple([]),
  handler: (context) => String(context.config.chainId),
});
