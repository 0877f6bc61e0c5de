import { z } from "zod";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const txpool_status = defineMethod({
  name: "txpool_status",
  summary: "Number of executable and of queued transactions in the pool",
  params: z.tuple([]),
  handler: async (context) => {
    const { pending, queued } = await context.mempool.status();
    return { pending: quantity(pending), queued: quantity(queued) };
  },
});
