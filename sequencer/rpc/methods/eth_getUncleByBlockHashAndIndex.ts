import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash, smallQuantity } from "../schema/hex.ts";

export const eth_getUncleByBlockHashAndIndex = defineMethod({
  name: "eth_getUncleByBlockHashAndIndex",
  summary: "Always null: there are no uncles",
  params: z.tuple([hash("blockHash"), smallQuantity("index")]),
  handler: () => null,
});
