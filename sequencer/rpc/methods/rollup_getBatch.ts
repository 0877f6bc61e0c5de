import { z } from "zod";
import { formatBatch } from "../format/batch.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { smallQuantity } from "../schema/hex.ts";

export const rollup_getBatch = defineMethod({
  name: "rollup_getBatch",
  summary:
    "A batch by its number, from 1: its blocks, how far it is, and its L1 transaction; null when there is none",
  params: z.tuple([smallQuantity("batchNumber")]),
  handler: async (context, [number]) => {
    // Batches are numbered by integers of 32 bits.
    const batch = number > 2 ** 31 - 1 ? undefined : await context.chain.batchByNumber(number);
    return batch === undefined ? null : formatBatch(batch);
  },
});
