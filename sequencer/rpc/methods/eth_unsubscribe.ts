import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { RPC_CODES, RpcError, serverError } from "../json-rpc/rpcError.ts";

export const eth_unsubscribe = defineMethod({
  name: "eth_unsubscribe",
  summary: "Ends a subscription of this WebSocket",
  params: z.tuple([z.string().describe("subscriptionId")]),
  handler: (_context, [id], { sink }) => {
    if (sink === undefined) throw new RpcError(RPC_CODES.methodNotFound, "notifications not supported");
    const end = sink.subscriptions.get(id);
    if (end === undefined) throw serverError("subscription not found");
    end();
    sink.subscriptions.delete(id);
    return true;
  },
});
