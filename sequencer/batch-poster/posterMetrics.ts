import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export function createPosterMetrics(registry: Registry) {
  const registers = [registry];
  return {
    lastBatch: new Gauge({
      name: "braid_batch_last_number",
      help: "Number of the last batch by state: sealed, committed, proven, finalized",
      labelNames: ["state"],
      registers,
    }),
    unposted: new Gauge({
      name: "braid_batch_unposted_count",
      help: "Batches sealed and not yet on L1",
      registers,
    }),
    oldestUnposted: new Gauge({
      name: "braid_batch_oldest_unposted_seconds",
      help: "Age of the oldest batch that is not on L1; 0 when there is none",
      registers,
    }),
    bytes: new Histogram({
      name: "braid_batch_data_bytes",
      help: "Encoded bytes of posted batches",
      buckets: [100, 1_000, 10_000, 30_000, 60_000, 90_000, 120_000],
      registers,
    }),
    kind: new Counter({
      name: "braid_batch_data_kind_total",
      help: "Batches by the way that was chosen for their data",
      labelNames: ["kind"],
      registers,
    }),
    proofs: new Counter({
      name: "braid_proofs_total",
      help: "Answers of provers by outcome: proved, refused, incomplete, failed, unusable",
      labelNames: ["outcome"],
      registers,
    }),
    refused: new Gauge({
      name: "braid_proof_refused",
      help: "1 while a prover's refusal of a batch stops proving and finalizing",
      registers,
    }),
    witnessSeconds: new Histogram({
      name: "braid_witness_seconds",
      help: "Time to build a proof input",
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60],
      registers,
    }),
    witnessBytes: new Histogram({
      name: "braid_witness_bytes",
      help: "Bytes of a proof input",
      buckets: [1e4, 1e5, 1e6, 1e7, 1e8],
      registers,
    }),
    failures: new Counter({
      name: "braid_poster_failures_total",
      help: "Steps of the poster that failed and are tried again",
      registers,
    }),
  };
}

export type PosterMetrics = ReturnType<typeof createPosterMetrics>;
