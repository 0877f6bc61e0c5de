import type { IncomingMessage } from "node:http";
import type { WebSocketLike } from "@hono/node-server";
import type { WSContext, WSEvents } from "hono/ws";
import { WebSocket } from "ws";
import type { RpcContext } from "../context.ts";
import { type Dispatcher, errorText } from "../json-rpc/dispatcher.ts";
import type { NotificationSink } from "../json-rpc/method.ts";
import type { RpcMetrics } from "../rpcMetrics.ts";
import { clientAddress } from "./clientAddress.ts";
import type { ClientBounds } from "./clientBounds.ts";
import { idTextOf } from "./jsonRpcHandler.ts";

export interface WebSocketHandlerOptions {
  dispatcher: Dispatcher;
  context: RpcContext;
  metrics: RpcMetrics;
  bounds: ClientBounds;
  trustedHeader: string | undefined;
}

export interface WebSocketHandler {
  /** Handlers of one new connection. */
  connect(incoming: IncomingMessage): WSEvents<WebSocketLike>;
  /** Tells all clients that the server goes away. */
  stop(): void;
}

type Socket = WSContext<WebSocketLike>;

/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** How long a client that was told to go may take over it. */
const CLOSE_WITHIN_MS = 2000;

/** JSON-RPC over WebSocket, with bounds: connections, requests, and what a client may leave unread. */
export function createWebSocketHandler(options: WebSocketHandlerOptions): WebSocketHandler {
  const { dispatcher, context, metrics, bounds, trustedHeader } = options;
  const { limits, logger } = context;
  const connections = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const slow = new WeakSet<WebSocket>();

  /** Sends, unless the client does not read: then it is cut off, for what it would get later has a gap. */
  function send(ws: Socket, text: string): void {
    const { raw } = ws;
    if (!(raw instanceof WebSocket) || raw.readyState !== WebSocket.OPEN || slow.has(raw)) return;
    if (raw.bufferedAmount <= limits.webSocketBufferBytes) {
      raw.send(text);
      return;
    }
    slow.add(raw);
    metrics.slowClient();
    logger.warn({ bufferedBytes: raw.bufferedAmount }, "WebSocket client reads too slowly, disconnected");
    raw.close(POLICY_VIOLATION, `limit exceeded: ${limits.webSocketBufferBytes} unread bytes`);
    setTimeout(() => raw.terminate(), CLOSE_WITHIN_MS).unref();
  }

  function count(address: string, by: 1 | -1): void {
    const now = (perAddress.get(address) ?? 0) + by;
    if (now > 0) perAddress.set(address, now);
    else perAddress.delete(address);
    metrics.connections(connections.size);
  }

  function tooMany(address: string): string | undefined {
    if (connections.size >= limits.webSocketConnections) {
      return `limit exceeded: ${limits.webSocketConnections} WebSocket connections`;
    }
    if ((perAddress.get(address) ?? 0) >= limits.webSocketsPerAddress) {
      return `limit exceeded: ${limits.webSocketsPerAddress} WebSocket connections of one address`;
    }
    return undefined;
  }

  function connect(incoming: IncomingMessage): WSEvents<WebSocketLike> {
    const client = clientAddress(incoming, trustedHeader);
    const own = bounds.connection(client);
    const subscriptions = new Map<string, () => void>();
    let endPings: (() => void) | undefined;

    async function onText(text: string, ws: Socket): Promise<void> {
      const refusal = own.refusal();
      if (refusal !== undefined) {
        metrics.refused();
        send(ws, errorText({ code: refusal.rpcCode, message: refusal.message }, idTextOf(text)));
        return;
      }
      const sink: NotificationSink = { subscriptions, send: (notification) => send(ws, notification) };
      const afterwards: (() => void)[] = [];
      const afterAnswer = (callback: () => void) => afterwards.push(callback);
      const answer = await dispatcher.answer(text, { client, bounds: own, sink, afterAnswer });
      if (answer !== undefined) send(ws, answer);
      for (const callback of afterwards) callback();
      // The connection may have closed while the request was in work.
      if (!connections.has(ws)) release();
    }

    function release(): void {
      for (const end of subscriptions.values()) end();
      subscriptions.clear();
    }

    return {
      onOpen(_event, ws) {
        const problem = tooMany(client);
        if (problem !== undefined) {
          ws.close(TRY_AGAIN_LATER, problem);
          return;
        }
        connections.add(ws);
        count(client, 1);
        if (ws.raw instanceof WebSocket) endPings = keepChecking(ws.raw, limits.webSocketPingMs);
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
        if (connections.delete(ws)) count(client, -1);
        endPings?.();
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

/** Ends a connection whose other end has gone without a word. Returns the function that ends the checks. */
function keepChecking(socket: WebSocket, everyMs: number): () => void {
  let alive = true;
  const onPong = () => {
    alive = true;
  };
  socket.on("pong", onPong);
  const timer = setInterval(() => {
    if (!alive) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) {
      alive = false;
      socket.ping();
    }
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    socket.off("pong", onPong);
  };
}
