import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const net_listening = defineMethod({
  name: "net_listening",
  summary: "Always true: this node serves",
  params: z.tuple([]),
  handler: () => true,
});
