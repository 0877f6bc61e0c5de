import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_coinbase = defineMethod({
  name: "eth_coinbase",
  summary: "Address that receives the fees",
  params: z.tuple([]),
  handler: (context) => bytesToHex(context.config.feeRecipient),
});
