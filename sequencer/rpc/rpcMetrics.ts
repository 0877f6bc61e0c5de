import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface RpcMetrics {
  /** One call of a method that took so many milliseconds. */
  observe(method: string, milliseconds: number): void;
  failed(method: string, code: number): void;
  connections(count: number): void;
  /** A WebSocket client that read too slowly was disconnected. */
  slowClient(): void;
  /** A request that a bound on its client refused. */
  refused(): void;
}

/** Registers the RPC's metrics; the same registry may be given only once. */
export function createRpcMetrics(registry: Registry): RpcMetrics {
  const duration = new Histogram({
    name: "braid_rpc_call_duration_seconds",
    help: "Time that a JSON-RPC call took, by method",
    labelNames: ["method"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  const errors = new Counter({
    name: "braid_rpc_errors_total",
    help: "JSON-RPC calls that were answered with an error, by method and code",
    labelNames: ["method", "code"],
    registers: [registry],
  });
  const connections = new Gauge({
    name: "braid_rpc_websocket_connections",
    help: "Open WebSocket connections",
    registers: [registry],
  });
  const slow = new Counter({
    name: "braid_rpc_websocket_slow_clients_total",
    help: "WebSocket clients disconnected because they did not read what they were sent",
    registers: [registry],
  });
  const refused = new Counter({
    name: "braid_rpc_refused_total",
    help: "Requests refused because their client had too many in work or sent too many a second",
    registers: [registry],
  });
  const byMethod = new Map<string, Histogram.Internal<"method">>();
  return {
    observe(method, milliseconds) {
      let child = byMethod.get(method);
      if (child === undefined) {
        child = duration.labels(method);
        byMethod.set(method, child);
      }
      child.observe(milliseconds / 1000);
    },
    failed: (method, code) => errors.inc({ method, code: String(code) }),
    connections: (count) => connections.set(count),
    slowClient: () => slow.inc(),
    refused: () => refused.inc(),
  };
}
