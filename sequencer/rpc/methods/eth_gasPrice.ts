import { z } from "zod";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { nextBaseFee } from "../fees/nextPrices.ts";
import { suggestTip } from "../fees/suggestTip.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

/** On Braid's own chains of the next block; geth, and so an imported chain, adds the tip to the latest block's. */
export const eth_gasPrice = defineMethod({
  name: "eth_gasPrice",
  summary: "Base fee plus a tip, in wei",
  params: z.tuple([]),
  handler: async (context) => {
    const { latest } = context.heads.heads();
    const { header } = await requireHeader(context, { number: latest.number });
    const base = header.ethereum === undefined ? await nextBaseFee(context, header) : header.baseFeePerGas;
    return quantity(base + (await suggestTip(context)));
  },
});
