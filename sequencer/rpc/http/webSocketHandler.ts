import type { WebSocketLike } from "@hono/node-server";
import type { WSContext, WSEvents } from "hono/ws";
import { WebSocket } from "ws";
import type { RpcContext } from "../context.ts";
import { randomId } from "../filters/filterRegistry.ts";
import { type Dispatcher, errorText } from "../json-rpc/dispatcher.ts";
import type { NotificationSink } from "../json-rpc/method.ts";
import { RPC_CODES } from "../json-rpc/rpcError.ts";
import type { RpcMetrics } from "../rpcMetrics.ts";

export interface WebSocketHandler {
  /** Handlers of one new connection. */
  connect(): WSEvents<WebSocketLike>;
  /** Tells all clients that the server goes away. */
  stop(): void;
}

/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** JSON-RPC over WebSocket, with bounds: connections, requests in work, and what a client may leave unread. */
export function createWebSocketHandler(
  dispatcher: Dispatcher,
  context: RpcContext,
  metrics: RpcMetrics,
): WebSocketHandler {
  const { limits, logger } = context;
  const connections = new Set<WSContext<WebSocketLike>>();

  /** Sends, unless the client does not read: then it is cut off, for what it would get later has a gap. */
  function send(ws: WSContext<WebSocketLike>, text: string): void {
    const { raw } = ws;
    if (!(raw instanceof WebSocket) || raw.readyState !== WebSocket.OPEN) return;
    if (raw.bufferedAmount > limits.webSocketBufferBytes) {
      metrics.slowClient();
      logger.warn({ bufferedBytes: raw.bufferedAmount }, "WebSocket client reads too slowly, disconnected");
      raw.terminate();
      return;
    }
    raw.send(text);
  }

  function connect(): WSEvents<WebSocketLike> {
    const client = randomId();
    const subscriptions = new Map<string, () => void>();
    let inWork = 0;

    async function onText(text: string, ws: WSContext<WebSocketLike>): Promise<void> {
      if (inWork >= limits.webSocketConcurrency) {
        send(ws, errorText(null, { code: RPC_CODES.limitExceeded, message: "too many requests in work" }));
        return;
      }
      inWork++;
      const sink: NotificationSink = { subscriptions, send: (notification) => send(ws, notification) };
      const afterwards: (() => void)[] = [];
      try {
        const afterAnswer = (callback: () => void) => afterwards.push(callback);
        const answer = await dispatcher.answer(text, { client, sink, afterAnswer });
        if (answer !== undefined) send(ws, answer);
      } finally {
        inWork--;
      }
      for (const callback of afterwards) callback();
      // The connection may have closed while the request was in work.
      if (!connections.has(ws)) release();
    }

    function release(): void {
      for (const end of subscriptions.values()) end();
      subscriptions.clear();
      context.filters.removeClient(client);
    }

    return {
      onOpen(_event, ws) {
        if (connections.size >= limits.webSocketConnections) {
          ws.close(TRY_AGAIN_LATER, "too many connections");
          return;
        }
        connections.add(ws);
        metrics.connections(connections.size);
      },
      onMessage(event, ws) {
        if (!connections.has(ws)) return;
        if (typeof event.data !== "string") {
          ws.close(POLICY_VIOLATION, "text messages only");
          return;
        }
        onText(event.data, ws).catch((error: unknown) => {
          logger.error({ err: error }, "answering a WebSocket message failed");
          ws.close(POLICY_VIOLATION, "internal error");
        });
      },
      onClose(_event, ws) {
        connections.delete(ws);
        metrics.connections(connections.size);
        release();
      },
      onError(event) {
        logger.debug({ event: event.type }, "WebSocket connection failed");
      },
    };
  }

  return {
    connect,
    stop() {
      for (const ws of connections) ws.close(GOING_AWAY, "the server stops");
    },
  };
}
