import { once } from "node:events";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import { BraidError } from "../../protocol/index.ts";
import { PortTakenError } from "./portTakenError.ts";

export interface AdminServerOptions {
  host: string;
  port: number;
  /** Names the setting in the message when the port is taken. */
  flag: string;
  registry: Registry;
  /** `undefined` = ready; otherwise why not yet. */
  notReady: () => string | undefined | Promise<string | undefined>;
}

export interface AdminServer {
  port: number;
  stop(): Promise<void>;
}

/**
 * `/health`: the process answers. `/ready`: it can do its work (503 with the reason otherwise). `/metrics`: Prometheus.
 * Throws PortTakenError.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const app = new Hono();
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.get("/ready", async (context) => {
    const reason = await options.notReady();
    return reason === undefined
      ? context.json({ status: "ready" })
      : context.json({ status: "not ready", reason }, 503);
  });
  app.get("/metrics", async (context) =>
    context.text(await options.registry.metrics(), 200, { "content-type": options.registry.contentType }),
  );
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(options.port, options.host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw listenError(cause, options);
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    async stop() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** What a failed `listen` means to the operator. */
export function listenError(
  cause: unknown,
  place: { host: string; port: number; flag: string },
  what = "metrics and health",
): BraidError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") return new PortTakenError(place.port, what, place.flag);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BraidError("LISTEN_FAILED", `cannot listen on ${place.host}:${place.port}: ${reason}`, {
    cause,
    hint: `Choose another address, for the port with ${place.flag}.`,
  });
}
