import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const eth_accounts = defineMethod({
  name: "eth_accounts",
  summary: "Empty: the node holds no keys of users",
  params: z.tuple([]),
  handler: (): string[] => [],
});
