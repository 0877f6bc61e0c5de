import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { smallQuantity } from "../schema/hex.ts";

export const rollup_getBatchData = defineMethod({
  name: "rollup_getBatchData",
  summary:
    "The encoded data of a batch by its number, from 1, whichever way it went to L1: what outlives blobs; null when there is none",
  params: z.tuple([smallQuantity("batchNumber")]),
  handler: async (context, [number]) => {
    // Batches are numbered by integers of 32 bits.
    const data = number > 2 ** 31 - 1 ? undefined : await context.chain.batchData(number);
    return data === undefined ? null : bytesToHex(data);
  },
});
