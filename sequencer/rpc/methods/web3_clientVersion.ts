import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const web3_clientVersion = defineMethod({
  name: "web3_clientVersion",
  summary: "Name and version of this node",
  params: z.tuple([]),
  handler: (context) => context.clientVersion,
});
