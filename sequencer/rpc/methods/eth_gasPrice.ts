import { z } from "zod";
import { nextBaseFee } from "../../../protocol/index.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { suggestTip } from "../fees/suggestTip.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_gasPrice = defineMethod({
  name: "eth_gasPrice",
  summary: "Base fee of the next block plus a tip, in wei",
  params: z.tuple([]),
  handler: async (context) => {
    const { latest } = context.heads.heads();
    const { header } = await requireHeader(context, { number: latest.number });
    return quantity(nextBaseFee(context.config, header) + (await suggestTip(context)));
  },
});
