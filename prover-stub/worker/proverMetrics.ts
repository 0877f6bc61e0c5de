import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface ProverMetrics {
  proved(batch: number, seconds: number): void;
  /** An alarm: finalization must not go on. */
  refused(field: string): void;
  /** A try that neither proved nor refused. */
  failed(code: string): void;
}

export function createProverMetrics(registry: Registry): ProverMetrics {
  const registers = [registry];
  const refused = new Counter({
    name: "braid_prover_refused_total",
    help: "Batches that got no signature; alert on any increase",
    labelNames: ["field"],
    registers,
  });
  const failed = new Counter({
    name: "braid_prover_failed_total",
    help: "Tries that ended without a result and are made again",
    labelNames: ["code"],
    registers,
  });
  const seconds = new Histogram({
    name: "braid_prover_proof_seconds",
    help: "From taking a job to its proof",
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300],
    registers,
  });
  const last = new Gauge({
    name: "braid_prover_last_batch",
    help: "Number of the last batch proved",
    registers,
  });
  return {
    proved(batch, took) {
      seconds.observe(took);
      last.set(batch);
    },
    refused: (field) => refused.inc({ field }),
    failed: (code) => failed.inc({ code }),
  };
}
