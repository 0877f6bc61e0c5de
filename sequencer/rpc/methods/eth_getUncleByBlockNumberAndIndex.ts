import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

export const eth_getUncleByBlockNumberAndIndex = defineMethod({
  name: "eth_getUncleByBlockNumberAndIndex",
  summary: "Always null: there are no uncles",
  params: z.tuple([blockNumber(), smallQuantity("index")]),
  handler: () => null,
});
