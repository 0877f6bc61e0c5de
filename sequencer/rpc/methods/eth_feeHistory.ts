import { z } from "zod";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import { feeHistory } from "../fees/feeHistory.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { smallQuantity } from "../schema/hex.ts";

const MAX_PERCENTILES = 100;
const DECIMALS = 6;

/** geth's checks, in its words. */
function checkPercentiles(percentiles: number[]): void {
  const refuse = (detail: string) => serverError(`invalid reward percentile: ${detail}`);
  const text = (value: number) => value.toFixed(DECIMALS);
  if (percentiles.length > MAX_PERCENTILES) throw refuse(`over the query limit ${MAX_PERCENTILES}`);
  percentiles.forEach((percentile, index) => {
    if (percentile < 0 || percentile > 100) throw refuse(text(percentile));
    const before = percentiles[index - 1];
    if (before !== undefined && percentile <= before) {
      throw refuse(`#${index - 1}:${text(before)} >= #${index}:${text(percentile)}`);
    }
  });
}

export const eth_feeHistory = defineMethod({
  name: "eth_feeHistory",
  summary: "Base fees, fullness and tips of past blocks",
  params: z.tuple([
    smallQuantity("blockCount"),
    blockNumber().describe("newestBlock"),
    z.array(z.number()).describe("rewardPercentiles").optional(),
  ]),
  handler: async (context, [count, newest, percentiles]) => {
    if (percentiles !== undefined) checkPercentiles(percentiles);
    const number = "hash" in newest ? undefined : selectedNumber(context, newest);
    const head = context.heads.heads().latest.number;
    if (number === undefined || number > head) {
      throw serverError(`request beyond head block: requested ${number ?? "a hash"}, head ${head}`);
    }
    return feeHistory(context, count, number, percentiles);
  },
});
