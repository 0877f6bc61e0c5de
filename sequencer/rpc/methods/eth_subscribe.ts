import { z } from "zod";
import { assertCriteriaBound } from "../blocks/queryLogs.ts";
import type { RpcContext } from "../context.ts";
import { randomId } from "../filters/filterRegistry.ts";
import { defineMethod, type NotificationSink } from "../json-rpc/method.ts";
import { invalidParams, limitExceeded, RPC_CODES, RpcError } from "../json-rpc/rpcError.ts";
import { logQuery } from "../schema/logFilter.ts";
import type { Deliver } from "../subscriptions/subscriptionHub.ts";

/** Checks the arguments now; what it returns starts the subscription. */
function prepare(context: RpcContext, kind: string, argument: unknown): (deliver: Deliver) => () => void {
  const hub = context.subscriptions;
  switch (kind) {
    case "newHeads":
      return hub.newHeads;
    case "newPendingTransactions": {
      const full = argument ?? false;
      if (typeof full !== "boolean")
        throw invalidParams("invalid argument 1 (fullTransactions): expected a boolean");
      return (deliver) => hub.pendingTransactions(full, deliver);
    }
    case "logs": {
      const parsed = logQuery().safeParse(argument ?? {});
      if (!parsed.success) {
        throw invalidParams(
          `invalid argument 1 (filter): ${parsed.error.issues[0]?.message ?? "invalid filter"}`,
        );
      }
      assertCriteriaBound(parsed.data, context.limits.filterAlternatives);
      return (deliver) => hub.logs(parsed.data, deliver);
    }
    default:
      throw new RpcError(RPC_CODES.methodNotFound, `no "${kind}" subscription in eth namespace`);
  }
}

function notificationText(id: string, result: string): string {
  return `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${result}}}`;
}

function register(sink: NotificationSink, id: string): { attach(end: () => void): void } {
  let ended = false;
  let end: (() => void) | undefined;
  sink.subscriptions.set(id, () => {
    ended = true;
    end?.();
  });
  return {
    attach(stop) {
      end = stop;
      if (ended) stop();
    },
  };
}

/** The first notification never overtakes the answer that carries the subscription's id. */
export const eth_subscribe = defineMethod({
  name: "eth_subscribe",
  summary: "Notifies this WebSocket of new heads, logs or pending transactions",
  params: z.tuple([z.string().describe("subscription"), z.unknown().optional().describe("argument")]),
  handler: (context, [kind, argument], caller) => {
    const { sink } = caller;
    if (sink === undefined) throw new RpcError(RPC_CODES.methodNotFound, "notifications not supported");
    const start = prepare(context, kind, argument);
    if (sink.subscriptions.size >= context.limits.subscriptionsPerConnection) {
      throw limitExceeded(`too many subscriptions (${context.limits.subscriptionsPerConnection} allowed)`);
    }
    const id = randomId();
    const registration = register(sink, id);
    caller.afterAnswer(() => {
      registration.attach(start((result) => sink.send(notificationText(id, result))));
    });
    return id;
  },
});
