import { z } from "zod";
import { suggestTip } from "../fees/suggestTip.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_maxPriorityFeePerGas = defineMethod({
  name: "eth_maxPriorityFeePerGas",
  summary: "Tip that gets a transaction into a block soon, in wei",
  params: z.tuple([]),
  handler: async (context) => quantity(await suggestTip(context)),
});
