import { z } from "zod";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_blockNumber = defineMethod({
  name: "eth_blockNumber",
  summary: "Number of the latest block",
  params: z.tuple([]),
  handler: (context) => quantity(context.heads.heads().latest.number),
});
