import { z } from "zod";
import { assertCriteriaBound } from "../blocks/queryLogs.ts";
import type { RpcContext } from "../context.ts";
import { borders } from "../filters/filterChanges.ts";
import { randomId } from "../filters/filterStore.ts";
import { defineMethod, type NotificationSink } from "../json-rpc/method.ts";
import { invalidParams, limitExceeded, RPC_CODES, RpcError } from "../json-rpc/rpcError.ts";
import { jsonKind } from "../schema/hex.ts";
import { decodeLogQuery } from "../schema/logFilter.ts";
import { assertFollowable } from "../subscriptions/assertFollowable.ts";
import type { Deliver } from "../subscriptions/subscriptionHub.ts";

type Start = (deliver: Deliver) => () => void;

/** The argument after the kind, which not all kinds take. */
function assertAtMost(given: readonly unknown[], most: number): void {
  if (given.length > most) throw invalidParams(`too many arguments, want at most ${most}`);
}

function prepareLogs(context: RpcContext, argument: unknown): Start {
  if (argument === undefined) throw invalidParams("missing value for required argument 1");
  const decoded = decodeLogQuery(argument);
  if ("problem" in decoded) throw invalidParams(`invalid argument 1: ${decoded.problem}`);
  const query = decoded.value;
  assertCriteriaBound(query, context.limits.filterAlternatives);
  assertFollowable(context, query);
  return (deliver) => context.subscriptions.logs({ ...query, ...borders(context, query) }, deliver);
}

/** Checks the arguments now; what it returns starts the subscription. */
function prepare(context: RpcContext, kind: string, given: readonly unknown[]): Start {
  const hub = context.subscriptions;
  switch (kind) {
    case "newHeads":
      assertAtMost(given, 1);
      return hub.newHeads;
    case "syncing":
      assertAtMost(given, 1);
      // Tells of a change, and this node's answer never changes: what it serves it has.
      return () => () => undefined;
    case "newPendingTransactions": {
      assertAtMost(given, 2);
      const full = given[1] ?? false;
      if (typeof full !== "boolean") {
        const kindOfValue = jsonKind(full);
        throw invalidParams(
          `invalid argument 1: json: cannot unmarshal ${kindOfValue} into Go value of type bool`,
        );
      }
      return (deliver) => hub.pendingTransactions(full, deliver);
    }
    case "logs":
      assertAtMost(given, 2);
      return prepareLogs(context, given[1] ?? undefined);
    default:
      throw new RpcError(
        RPC_CODES.methodNotFound,
        `no ${JSON.stringify(kind)} subscription in eth namespace`,
      );
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

const KINDS = ["newHeads", "logs", "newPendingTransactions", "syncing"];

/** geth counts a subscription's arguments by its kind, so that they are checked here. */
function parse(params: unknown[]): [string, unknown] {
  const [kind] = params;
  if (typeof kind !== "string") throw invalidParams("expected subscription name as first argument");
  return [kind, params];
}

/** The first notification never overtakes the answer that carries the subscription's id. */
export const eth_subscribe = defineMethod({
  name: "eth_subscribe",
  summary: "Notifies this WebSocket of new heads, logs or pending transactions",
  params: z.tuple([
    z.string().meta({ enum: KINDS }).describe("subscription"),
    z.unknown().meta({ description: "argument: a log filter, or true for whole transactions" }).optional(),
  ]),
  parse,
  limits: ["subscriptionsPerConnection", "webSocketBufferBytes"],
  handler: (context, [kind, given], caller) => {
    const { sink } = caller;
    if (sink === undefined) {
      throw new RpcError(RPC_CODES.notificationsUnsupported, "notifications not supported");
    }
    const start = prepare(context, kind, Array.isArray(given) ? given : []);
    const most = context.limits.subscriptionsPerConnection;
    if (sink.subscriptions.size >= most) {
      throw limitExceeded(`limit exceeded: ${most} subscriptions of one connection`);
    }
    const id = randomId();
    const registration = register(sink, id);
    caller.afterAnswer(() => {
      registration.attach(start((result) => sink.send(notificationText(id, result))));
    });
    return id;
  },
});
