/** A prover's process that takes jobs and never comes back with a proof. */
import { Registry } from "prom-client";
import { createLogger, createRedis } from "../../infra/index.ts";
import { startProofWorker } from "./createProofWorker.ts";
import { RedisProofSource } from "./proofSource.ts";
import { createProverMetrics } from "./proverMetrics.ts";

const [redisUrl = "", queueName = "", leaseMs = ""] = process.argv.slice(2);
const redis = await createRedis(redisUrl);
await startProofWorker({
  prover: {
    prove(): Promise<never> {
      process.send?.("taken");
      return new Promise(() => undefined);
    },
  },
  source: new RedisProofSource(redis),
  redis,
  queueName,
  log: createLogger({ level: "silent", format: "json", name: "silent-prover" }),
  metrics: createProverMetrics(new Registry()),
  leaseMs: Number(leaseMs),
});
