import { z } from "zod";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { feeHistory } from "../fees/feeHistory.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

const MAX_PERCENTILES = 100;

const percentiles = z
  .array(z.number().min(0).max(100))
  .max(MAX_PERCENTILES)
  .refine((values) => values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0)), {
    message: "invalid reward percentile: must be ascending",
  });

export const eth_feeHistory = defineMethod({
  name: "eth_feeHistory",
  summary: "Base fees, fullness and tips of past blocks",
  params: z.tuple([
    smallQuantity("blockCount"),
    blockNumber().describe("newestBlock"),
    percentiles.describe("rewardPercentiles").optional(),
  ]),
  handler: async (context, [count, newest, wanted]) => {
    const { header } = await requireHeader(context, newest);
    return feeHistory(context, count, header.number, wanted);
  },
});
