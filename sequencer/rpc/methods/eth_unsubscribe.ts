import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { filterId } from "../schema/filterId.ts";

export const eth_unsubscribe = defineMethod({
  name: "eth_unsubscribe",
  summary: "Ends a subscription of this WebSocket",
  params: z.tuple([filterId()]),
  handler: (_context, [id], { sink }) => {
    const end = sink?.subscriptions.get(id);
    if (end === undefined) throw serverError("subscription not found");
    end();
    sink?.subscriptions.delete(id);
    return true;
  },
});
