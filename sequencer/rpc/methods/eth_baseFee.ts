import { z } from "zod";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { nextBaseFee } from "../fees/nextPrices.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_baseFee = defineMethod({
  name: "eth_baseFee",
  summary: "Base fee of the next block, in wei",
  params: z.tuple([]),
  handler: async (context) => {
    const { header } = await requireHeader(context, { tag: "latest" });
    return quantity(await nextBaseFee(context, header));
  },
});
