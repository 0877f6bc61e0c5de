import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const eth_syncing = defineMethod({
  name: "eth_syncing",
  summary: "False: an RPC process serves only what is final in its store",
  params: z.tuple([]),
  handler: () => false,
});
