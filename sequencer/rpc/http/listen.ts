import { createServer, type RequestListener, type Server } from "node:http";
import type { WebSocketServerLike } from "@hono/node-server";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { WebSocketServer } from "ws";
import { PortTakenError } from "../../../infra/index.ts";
import type { RpcLimits } from "../limits.ts";

export interface ListenOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  portFlag: string;
  limits: Pick<RpcLimits, "requestMs" | "requestBytes" | "connections">;
}

type App = Pick<Hono<{ Bindings: HttpBindings }>, "fetch">;

/** geth's. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Node's own server: JSON-RPC requests, which are almost all, go straight to `post`; pages and WebSockets to the app
 * behind its adapter, which never listens itself.
 */
export async function listen(
  app: App,
  post: RequestListener,
  { host, port, portFlag, limits }: ListenOptions,
): Promise<Server> {
  const behind = adapterOf(app, host, limits.requestBytes);
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A request that arrives drop by drop is answered 408 and cut off, headers and body alike.
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(1000, limits.requestMs),
    },
    (incoming, outgoing) => {
      if (incoming.method === "POST" && isRoot(incoming.url)) post(incoming, outgoing);
      else behind.emit("request", incoming, outgoing);
    },
  );
  server.on("upgrade", (incoming, socket, head) => behind.emit("upgrade", incoming, socket, head));
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortTakenError(port, "the L2 JSON-RPC", portFlag) : error);
    });
    server.listen(port, host, resolve);
  });
  return server;
}

const isRoot = (url = "") => url === "/" || url.startsWith("/?");

function adapterOf({ fetch }: App, hostname: string, maxPayload: number) {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload });
  return createAdaptorServer({
    fetch,
    hostname,
    ...(isAdapterServer(webSockets) ? { websocket: { server: webSockets } } : {}),
  });
}

/** ws's own declarations do not fit the adapter's under exactOptionalPropertyTypes; what it calls is there. */
function isAdapterServer(server: unknown): server is WebSocketServerLike {
  return server instanceof WebSocketServer && server.options.noServer === true;
}

/** Lets open requests finish within the time, then ends them. */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearTimeout(deadline);
}
