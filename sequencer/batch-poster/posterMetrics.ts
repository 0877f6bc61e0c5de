import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export function createPosterMetrics(registry: Registry) {
  const registers = [registry];
  return {
    balance: new Gauge({
      name: "braid_batch_poster_balance_ether",
      help: "Ether that the poster can still spend on L1",
      registers,
    }),
    lastBatch: new Gauge({
      name: "braid_batch_last_number",
      help: "Number of the last batch by state",
      labelNames: ["state"],
      registers,
    }),
    unposted: new Gauge({
      name: "braid_batch_unposted_count",
      help: "Batches sealed and not yet on L1",
      registers,
    }),
    bytes: new Histogram({
      name: "braid_batch_data_bytes",
      help: "Encoded bytes of posted batches",
      buckets: [100, 1_000, 10_000, 30_000, 60_000, 90_000, 120_000],
      registers,
    }),
    gas: new Counter({
      name: "braid_batch_l1_gas_total",
      help: "L1 gas used by batch transactions, reverted ones included",
      registers,
    }),
    sent: new Counter({
      name: "braid_batch_l1_transactions_total",
      help: "L1 transactions by outcome",
      labelNames: ["outcome"],
      registers,
    }),
  };
}

export type PosterMetrics = ReturnType<typeof createPosterMetrics>;
