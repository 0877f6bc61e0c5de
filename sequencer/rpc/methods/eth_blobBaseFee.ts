import { z } from "zod";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { blobGasPrice } from "../fees/nextPrices.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const eth_blobBaseFee = defineMethod({
  name: "eth_blobBaseFee",
  summary: "Price of blob gas in the latest block; one wei on Braid's own chains, which have no blobs",
  params: z.tuple([]),
  handler: async (context) => {
    const { header } = await requireHeader(context, { tag: "latest" });
    return quantity(blobGasPrice(header));
  },
});
