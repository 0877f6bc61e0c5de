/**
 * Takes proof jobs and proves them, one at a time.
 *
 * A job is leased: BullMQ's lock is renewed while the proof is made and runs out when this process dies or hangs, and
 * then another takes the job. A job ends with a proof, or fails for good with a ProofFailure; everything else is a
 * failed try, and the queue spaces the next. Proving twice does no harm.
 */
import { DelayedError, type Job, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import {
  BraidError,
  bytesToHex,
  DecodeError,
  encodeProofFailure,
  type ProofFailure,
  type ProofJob,
  type ProofJobResult,
} from "../../protocol/index.ts";
import type { Proof, Prover } from "../createProver.ts";
import { ProofRefusedError } from "../proofRefusedError.ts";
import { WitnessGapError } from "../witnessGapError.ts";
import { parseProofJob } from "./proofJobSchema.ts";
import type { ProofSource } from "./proofSource.ts";
import type { ProverMetrics } from "./proverMetrics.ts";

export interface ProofLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ProofWorkerOptions {
  prover: Prover;
  source: ProofSource;
  /** The worker takes connections of its own after it. */
  redis: Redis;
  queueName: string;
  log: ProofLog;
  metrics: ProverMetrics;
  /** A proof that takes longer is given up; another try may come. Default 600,000. */
  timeoutMs?: number;
  /** How long a job stays with a process that does not show itself. Default 30,000. */
  leaseMs?: number;
}

export interface ProofWorker {
  /** Gives the job at hand back to the queue. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 600_000;
const LEASE_MS = 30_000;

export async function startProofWorker(options: ProofWorkerOptions): Promise<ProofWorker> {
  const { redis, queueName, log } = options;
  const leaseMs = options.leaseMs ?? LEASE_MS;
  const stopping = new AbortController();
  const connection = redis.duplicate({ maxRetriesPerRequest: null });
  const worker = new Worker<unknown, ProofJobResult>(
    queueName,
    (job, token) => processJob(options, stopping.signal, job, token),
    {
      connection,
      concurrency: 1,
      lockDuration: leaseMs,
      stalledInterval: leaseMs / 2,
      // A batch that many provers died over is still to be proven; its proof's time limit is what bounds each try.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    },
  );
  worker.on("closed", () => connection.disconnect());
  worker.on("error", (error) => log.warn({ reason: error.message }, "the proof queue has trouble"));
  worker.on("stalled", (job) =>
    log.warn({ job }, "another prover has lost its lease; its proof is made anew"),
  );
  await worker.waitUntilReady();
  return {
    async stop() {
      stopping.abort(new BraidError("PROVER_STOPPING", "the prover stops", { retryable: true }));
      await worker.close();
    },
  };
}

async function processJob(
  options: ProofWorkerOptions,
  stopping: AbortSignal,
  job: Job<unknown>,
  token: string | undefined,
): Promise<ProofJobResult> {
  const { log, metrics } = options;
  const started = performance.now();
  const proofJob = readJob(options, job);
  try {
    const proof = await prove(options, proofJob, stopping);
    const seconds = (performance.now() - started) / 1000;
    metrics.proved(proofJob.number, seconds);
    log.info(
      { batch: proofJob.number, seconds, publicInputs: bytesToHex(proof.publicInputs) },
      "batch proved",
    );
    return resultOf(proofJob.number, proof);
  } catch (error) {
    if (stopping.aborted) {
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    throw failed(options, job, proofJob.number, error);
  }
}

/** What is no job gets no second try; the batch that it should be about is not refused by that. */
function readJob({ log, metrics }: ProofWorkerOptions, job: Job<unknown>): ProofJob {
  try {
    return parseProofJob(job.data);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    metrics.failed(error.code);
    log.error({ job: job.id, reason: error.message }, "not a proof job");
    throw new UnrecoverableError(error.message);
  }
}

/** Whatever kind of prover it is: when time is over, or the process stops, nobody waits for it any longer. */
async function prove(options: ProofWorkerOptions, job: ProofJob, stopping: AbortSignal): Promise<Proof> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const given = new AbortController();
  const giveUp = () => given.abort(stopping.reason);
  stopping.addEventListener("abort", giveUp);
  const timer = setTimeout(() => {
    given.abort(new BraidError("PROOF_TIMEOUT", `no proof within ${timeoutMs} ms`, { retryable: true }));
  }, timeoutMs);
  try {
    if (stopping.aborted) giveUp();
    const { batch, witness } = await options.source.read(job);
    const { number } = batch.commitment.header;
    if (number !== job.number) {
      throw new ProofRefusedError({ field: "number", claimed: `${job.number}`, found: `${number}` });
    }
    given.signal.throwIfAborted();
    return await Promise.race([
      options.prover.prove(batch, witness, { signal: given.signal }),
      aborted(given.signal),
    ]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", giveUp);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function resultOf(number: number, { publicInputs, signatures }: Proof): ProofJobResult {
  return {
    number,
    publicInputs: bytesToHex(publicInputs),
    signatures: signatures.map(({ signer, signature }) => ({
      signer: bytesToHex(signer),
      signature: bytesToHex(signature),
    })),
  };
}

function failed(
  { metrics, log }: ProofWorkerOptions,
  job: Job<unknown>,
  number: number,
  error: unknown,
): Error {
  const failure = failureOf(error, number);
  if (failure?.code === "PROOF_REFUSED") {
    metrics.refused(failure.refusal.field);
    log.error(
      { job: job.id, batch: number, ...failure.refusal },
      "ALARM: a batch was refused; nothing may be finalized from it on",
    );
    return new UnrecoverableError(encodeProofFailure(failure));
  }
  const reason =
    error instanceof BraidError
      ? error
      : new BraidError("PROVER_FAILED", "the proof failed for a reason of the prover's own", {
          cause: error,
          retryable: true,
        });
  metrics.failed(reason.code);
  if (failure !== undefined) {
    log.warn({ job: job.id, batch: number, err: reason }, "the witness of a batch does not show all of it");
    return new UnrecoverableError(encodeProofFailure(failure));
  }
  const attempt = job.attemptsMade + 1;
  log.warn({ job: job.id, batch: number, attempt, err: reason }, "a proof failed; it is tried again");
  return reason;
}

/** What every try would find again. */
function failureOf(error: unknown, number: number): ProofFailure | undefined {
  if (error instanceof ProofRefusedError) return { code: "PROOF_REFUSED", number, refusal: error.refusal };
  if (error instanceof DecodeError) {
    const refusal = { field: "input", claimed: "a proof input", found: error.message };
    return { code: "PROOF_REFUSED", number, refusal };
  }
  if (error instanceof WitnessGapError) {
    const { address, slot } = error;
    return { code: "WITNESS_INCOMPLETE", number, address, ...(slot === undefined ? {} : { slot }) };
  }
  return undefined;
}
