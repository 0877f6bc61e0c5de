import { z } from "zod";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_chainId = defineMethod({
  name: "eth_chainId",
  summary: "Chain id",
  params: z.tuple([]),
  handler: (context) => quantity(context.config.chainId),
});
