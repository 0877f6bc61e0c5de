import { z } from "zod";
import { nextBaseFee } from "../../../protocol/index.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_baseFee = defineMethod({
  name: "eth_baseFee",
  summary: "Base fee of the next block, in wei",
  params: z.tuple([]),
  handler: async (context) => {
    const { header } = await requireHeader(context, { tag: "latest" });
    return quantity(nextBaseFee(context.config, header));
  },
});
