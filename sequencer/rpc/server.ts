import { createServer, Server } from "node:http";
import type { HttpBindings, WebSocketServerLike } from "@hono/node-server";
import { serve, upgradeWebSocket } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { WebSocketServer } from "ws";
import { PortTakenError } from "../../infra/index.ts";
import type { RpcContext, RpcDependencies } from "./context.ts";
import { createExecutionCache } from "./executions/executionCache.ts";
import { createFilterRegistry } from "./filters/filterRegistry.ts";
import { createMemoryFilterStore } from "./filters/memoryFilterStore.ts";
import { createMemoryPendingJournal } from "./filters/pendingJournal.ts";
import { createClientBounds } from "./http/clientBounds.ts";
import { type Cors, createCors } from "./http/cors.ts";
import { createJsonRpcHandler } from "./http/jsonRpcHandler.ts";
import { notReady } from "./http/readiness.ts";
import { statusPage } from "./http/statusPage.ts";
import { createWebSocketHandler } from "./http/webSocketHandler.ts";
import { createDispatcher } from "./json-rpc/dispatcher.ts";
import type { RpcMethod } from "./json-rpc/method.ts";
import type { RpcLimits } from "./limits.ts";
import { methods as allMethods } from "./methods/index.ts";
import { createRpcMetrics } from "./rpcMetrics.ts";
import { createSubmittedTransactions } from "./submittedTransactions.ts";
import { createRollbackJournal } from "./subscriptions/rollbackJournal.ts";
import { createSubscriptionHub } from "./subscriptions/subscriptionHub.ts";

export interface RpcServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** The flag that an operator would change the port with. */
  portFlag?: string;
  /** Served methods; all of them when left out. */
  methods?: ReadonlyMap<string, RpcMethod>;
  /** Origins whose pages may call, lower case; any when left out. */
  corsOrigins?: readonly string[];
  /** Header, lower case, in which a proxy names the client's address; none is believed when left out. */
  trustedHeader?: string;
}

export interface RpcServer {
  start(): Promise<void>;
  /** Lets open requests finish within the limit, closes WebSockets, frees the port. */
  stop(): Promise<void>;
  /** `http://host:port`; WebSocket clients use the same with `ws`. Known after the start. */
  readonly url: string;
}

const READINESS_DEADLINE_MS = 2000;
/** geth's. */
const KEEP_ALIVE_MS = 120_000;
type App = Hono<{ Bindings: HttpBindings }>;

/** JSON-RPC over HTTP and WebSocket at `/`, with a status page, `/health`, `/ready` and `/metrics`. */
export function createRpcServer(options: RpcServerOptions, dependencies: RpcDependencies): RpcServer {
  const methods = options.methods ?? allMethods;
  const { heads, blocks, limits, logger, metrics: registry } = dependencies;
  const rollbacks = createRollbackJournal(heads);
  const subscriptions = createSubscriptionHub(heads, rollbacks, dependencies.pending);
  const context: RpcContext = {
    ...dependencies,
    subscriptions,
    executions: createExecutionCache(dependencies.chain, heads),
    submitted: createSubmittedTransactions(heads, blocks),
    filters: createFilterRegistry({
      store: dependencies.filterStore ?? createMemoryFilterStore(limits),
      pending: dependencies.pendingJournal ?? createMemoryPendingJournal(subscriptions, limits),
      rollbacks,
    }),
    methods,
    methodNames: [...methods.keys()].sort(),
  };
  const metrics = createRpcMetrics(registry);
  const dispatcher = createDispatcher(methods, context, metrics);
  const bounds = createClientBounds(limits);
  const cors = createCors(options.corsOrigins ?? ["*"]);
  const { trustedHeader } = options;
  const sockets = createWebSocketHandler({ dispatcher, context, metrics, bounds, trustedHeader });
  const app: App = new Hono();

  const answerPost = createJsonRpcHandler({ dispatcher, limits, bounds, metrics, cors, trustedHeader });
  app.post("/", (c) => answerPost(c.env.incoming));
  app.options(
    "/",
    (c) => new Response(null, { status: 204, headers: cors.preflightHeaders(c.env.incoming) }),
  );
  app.get(
    "/",
    upgradeWebSocket((c: Context<{ Bindings: HttpBindings }>) => sockets.connect(c.env.incoming)),
  );
  addPages(app, context, cors);
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
      server = await listen(app, webSockets, options, limits);
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

function addPages(app: App, context: RpcContext, cors: Cors): void {
  app.get("/", async (c) => c.html(await statusPage(context)));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const waitingFor = await notReady(context, READINESS_DEADLINE_MS);
    return c.json({ ready: waitingFor.length === 0, waitingFor }, waitingFor.length === 0 ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    return c.body(await context.metrics.metrics(), 200, { "Content-Type": context.metrics.contentType });
  });
  app.all("/", (c) => {
    return new Response("method not allowed", { status: 405, headers: cors.headers(c.env.incoming) });
  });
}

/** ws's own declarations do not fit the adapter's under exactOptionalPropertyTypes; what it calls is there. */
function isAdapterServer(server: unknown): server is WebSocketServerLike {
  return server instanceof WebSocketServer && server.options.noServer === true;
}

function listen(
  app: App,
  webSockets: WebSocketServer,
  options: RpcServerOptions,
  limits: Pick<RpcLimits, "requestMs" | "connections">,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: app.fetch,
        port: options.port,
        hostname: options.host,
        ...(isAdapterServer(webSockets) ? { websocket: { server: webSockets } } : {}),
        createServer,
        serverOptions: {
          keepAliveTimeout: KEEP_ALIVE_MS,
          // A request that arrives drop by drop is answered 408 and cut off, headers and body alike.
          headersTimeout: limits.requestMs,
          requestTimeout: limits.requestMs,
          connectionsCheckingInterval: Math.min(1000, limits.requestMs),
        },
      },
      () => {
        if (!(server instanceof Server)) return;
        server.maxConnections = limits.connections;
        resolve(server);
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
