import { createServer, Server } from "node:http";
import type { HttpBindings, WebSocketServerLike } from "@hono/node-server";
import { serve, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { WebSocketServer } from "ws";
import { PortTakenError } from "../../infra/index.ts";
import type { RpcContext, RpcDependencies } from "./context.ts";
import { createExecutionCache } from "./executions/executionCache.ts";
import { createFilterRegistry } from "./filters/filterRegistry.ts";
import { CORS_HEADERS, createJsonRpcHandler } from "./http/jsonRpcHandler.ts";
import { notReady } from "./http/readiness.ts";
import { statusPage } from "./http/statusPage.ts";
import { createWebSocketHandler } from "./http/webSocketHandler.ts";
import { createDispatcher } from "./json-rpc/dispatcher.ts";
import type { RpcMethod } from "./json-rpc/method.ts";
import { methods as allMethods } from "./methods/index.ts";
import { createRpcMetrics } from "./rpcMetrics.ts";
import { createSubmittedTransactions } from "./submittedTransactions.ts";
import { createSubscriptionHub } from "./subscriptions/subscriptionHub.ts";

export interface RpcServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** The flag that an operator would change the port with. */
  portFlag?: string;
  /** Served methods; all of them when left out. */
  methods?: ReadonlyMap<string, RpcMethod>;
}

export interface RpcServer {
  start(): Promise<void>;
  /** Lets open requests finish within the limit, closes WebSockets, frees the port. */
  stop(): Promise<void>;
  /** `http://host:port`; WebSocket clients use the same with `ws`. Known after the start. */
  readonly url: string;
}

const READINESS_DEADLINE_MS = 2000;
const PREFLIGHT_HEADERS = {
  ...CORS_HEADERS,
  "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Max-Age": "600",
};

type App = Hono<{ Bindings: HttpBindings }>;

/** JSON-RPC over HTTP and WebSocket at `/`, with a status page, `/health`, `/ready` and `/metrics`. */
export function createRpcServer(options: RpcServerOptions, dependencies: RpcDependencies): RpcServer {
  const methods = options.methods ?? allMethods;
  const { heads, blocks, limits, logger, metrics: registry } = dependencies;
  const subscriptions = createSubscriptionHub(heads, dependencies.pending);
  const context: RpcContext = {
    ...dependencies,
    subscriptions,
    executions: createExecutionCache(dependencies.chain),
    submitted: createSubmittedTransactions(heads, blocks),
    filters: createFilterRegistry(limits, subscriptions),
    methodNames: [...methods.keys()].sort(),
  };
  const metrics = createRpcMetrics(registry);
  const dispatcher = createDispatcher(methods, context, metrics);
  const sockets = createWebSocketHandler(dispatcher, context, metrics);
  const app: App = new Hono();

  const answerPost = createJsonRpcHandler(dispatcher, limits.requestBytes);
  app.post("/", (c) => answerPost(c.env.incoming));
  app.options("/", () => new Response(null, { status: 204, headers: PREFLIGHT_HEADERS }));
  app.get(
    "/",
    upgradeWebSocket(() => sockets.connect()),
  );
  addPages(app, context);
  app.onError((error, c) => {
    logger.error({ err: error, path: c.req.path }, "HTTP request failed unexpectedly");
    return c.text("internal error", 500);
  });

  let server: Server | undefined;
  let url = "";
  return {
    get url() {
      return url;
    },
    async start() {
      const webSockets = new WebSocketServer({ noServer: true, maxPayload: limits.requestBytes });
      server = await listen(app, webSockets, options);
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : options.port;
      url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
      logger.info({ url, methods: methods.size }, "JSON-RPC server listens");
    },
    async stop() {
      sockets.stop();
      if (server !== undefined) await close(server, limits.stopMs);
      server = undefined;
      context.filters.stop();
      context.submitted.stop();
      subscriptions.stop();
    },
  };
}

function addPages(app: App, context: RpcContext): void {
  app.get("/", async (c) => c.html(await statusPage(context)));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const waitingFor = await notReady(context, READINESS_DEADLINE_MS);
    return c.json({ ready: waitingFor.length === 0, waitingFor }, waitingFor.length === 0 ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    return c.body(await context.metrics.metrics(), 200, { "Content-Type": context.metrics.contentType });
  });
  app.all("/", () => new Response("method not allowed", { status: 405, headers: CORS_HEADERS }));
}

/** ws's own declarations do not fit the adapter's under exactOptionalPropertyTypes; what it calls is there. */
function isAdapterServer(server: unknown): server is WebSocketServerLike {
  return server instanceof WebSocketServer && server.options.noServer === true;
}

function listen(app: App, webSockets: WebSocketServer, options: RpcServerOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: app.fetch,
        port: options.port,
        hostname: options.host,
        ...(isAdapterServer(webSockets) ? { websocket: { server: webSockets } } : {}),
        createServer,
        serverOptions: { keepAliveTimeout: 120_000, requestTimeout: 30_000 },
      },
      () => {
        if (server instanceof Server) resolve(server);
      },
    );
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        taken ? new PortTakenError(options.port, "the L2 JSON-RPC", options.portFlag ?? "--l2-port") : error,
      );
    });
  });
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearTimeout(deadline);
}
