import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const net_peerCount = defineMethod({
  name: "net_peerCount",
  summary: "Always zero: a rollup node has no peers",
  params: z.tuple([]),
  handler: () => "0x0",
});
