import { Counter, Gauge, type Registry } from "prom-client";

export function createWatcherMetrics(registry: Registry) {
  const registers = [registry];
  return {
    origin: new Gauge({
      name: "braid_l1_confirmed_block",
      help: "Newest confirmed L1 block that was read",
      registers,
    }),
    messages: new Gauge({
      name: "braid_l1_messages",
      help: "Messages of L1's queue, by what became of them",
      labelNames: ["state"],
      registers,
    }),
    forcedSkipped: new Counter({
      name: "braid_forced_transactions_skipped_total",
      help: "Forced transactions that were not valid in their turn",
      registers,
    }),
    reorgs: new Counter({
      name: "braid_l1_reorganizations_total",
      help: "Reorganizations of L1 that replaced confirmed blocks",
      registers,
    }),
    undone: new Counter({
      name: "braid_l2_blocks_undone_total",
      help: "L2 blocks taken back because L1 reorganized",
      registers,
    }),
    requeued: new Counter({
      name: "braid_requeued_transactions_total",
      help: "Users' transactions of undone blocks, by whether the pool took them again",
      labelNames: ["outcome"],
      registers,
    }),
    failures: new Counter({
      name: "braid_l1_watcher_failures_total",
      help: "Looks at L1 that failed and were tried again",
      registers,
    }),
  };
}
