import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { upgradeWebSocket } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { RpcContext, RpcDependencies } from "./context.ts";
import { createExecutionCache } from "./executions/executionCache.ts";
import { createFilterRegistry } from "./filters/filterRegistry.ts";
import { createMemoryFilterStore } from "./filters/memoryFilterStore.ts";
import { createMemoryPendingJournal } from "./filters/pendingJournal.ts";
import { createClientBounds } from "./http/clientBounds.ts";
import { type Cors, createCors } from "./http/cors.ts";
import { createJsonRpcHandler } from "./http/jsonRpcHandler.ts";
import { closeServer, listen } from "./http/listen.ts";
import { notReady } from "./http/readiness.ts";
import { statusPage } from "./http/statusPage.ts";
import { createWebSocketHandler } from "./http/webSocketHandler.ts";
import { createDispatcher } from "./json-rpc/dispatcher.ts";
import type { RpcMethod } from "./json-rpc/method.ts";
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
  const post = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    answerPost(incoming, outgoing).catch((error: unknown) => {
      logger.error({ err: error, path: "/" }, "HTTP request failed unexpectedly");
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" }).end("internal error");
    });
  };
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
      server = await listen(app, post, { ...options, portFlag: options.portFlag ?? "--l2-port", limits });
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : options.port;
      url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
      logger.info({ url, methods: methods.size }, "JSON-RPC server listens");
    },
    async stop() {
      sockets.stop();
      if (server !== undefined) await closeServer(server, limits.stopMs);
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
