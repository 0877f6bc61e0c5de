import { collectDefaultMetrics, Registry } from "prom-client";

/** A registry of this process with Node's own metrics; `role` labels every series. */
export function createMetrics(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  return registry;
}
