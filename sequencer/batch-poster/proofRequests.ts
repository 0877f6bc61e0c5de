/**
 * Asks provers for proofs and keeps what they say.
 *
 * The queue and the inputs in Redis may be lost at any time: a job is named by its input, so asking again makes the same
 * job. What a prover says is believed only as far as its signature goes; a refusal is believed at once, for stopping does
 * no harm.
 */
import { type Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { WitnessLocation } from "../../executor/index.ts";
import {
  type BatchCommitment,
  batchProofDigest,
  bytesEqual,
  bytesToHex,
  decodeProofFailure,
  encodeProofInput,
  type Hex,
  hexToBytes,
  keccak256,
  type ProofFailure,
  type ProofJob,
  proofInputKey,
  proofJobId,
  proofQueueName,
  publicInputsHash,
  recoverPublicKey,
} from "../../protocol/index.ts";
import type { BatchProofRecord, BatchRecord, ChainStore } from "../chain-store/index.ts";
import type { BatchLog } from "./batchLog.ts";
import type { PosterMetrics } from "./posterMetrics.ts";
import type { BuildProofInput } from "./proofInputs.ts";
import type { ProofVerifier } from "./rollupContract.ts";

export interface ProofRequestsOptions {
  chain: ChainStore;
  redis: Redis;
  log: BatchLog;
  metrics: PosterMetrics;
  buildInput: BuildProofInput;
  /** Addresses of the provers, each with a queue of its own; none: one queue for whoever proves. */
  provers: readonly Hex[];
  /** BullMQ's prefix of keys. Default "bull". */
  prefix?: string;
  /** Seconds that an input waits in Redis. Default 3,600. */
  inputSeconds?: number;
}

/** A batch's proof on L1's side: what must be signed, and who checks it. */
export interface ProofSubject {
  batch: BatchRecord;
  commitment: BatchCommitment;
  previousStateRoot: Uint8Array;
  chainId: number;
  rollup: Hex;
  verifier: ProofVerifier;
}

export interface ProofRequests {
  /** Asks, looks, keeps. Gives the signatures that count once there are enough. */
  pursue(subject: ProofSubject): Promise<BatchProofRecord[] | undefined>;
  stop(): Promise<void>;
}

interface Asked {
  job: ProofJob;
  also: WitnessLocation[];
}

const RESULT = z.object({
  publicInputs: z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{64}$/)]),
  signatures: z.array(
    z.object({
      signer: z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{40}$/)]),
      signature: z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{130}$/)]),
    }),
  ),
});
const INPUT_SECONDS = 3_600;
/** A job that failed for a reason of its own is put back this long after. */
const RETRY_MS = 10_000;
const REMEMBERED = 64;

export function createProofRequests(options: ProofRequestsOptions): ProofRequests {
  const { chain, redis, log, metrics } = options;
  const names =
    options.provers.length === 0
      ? [proofQueueName()]
      : options.provers.map((prover) => proofQueueName(prover));
  const queues = names.map(
    (name) => new Queue<ProofJob>(name, { connection: redis, prefix: options.prefix ?? "bull" }),
  );
  for (const queue of queues) {
    queue.on("error", (error) => log.warn({ reason: error.message }, "the proof queue has trouble"));
  }
  const asked = new Map<string, Asked>();

  async function prepare(batch: BatchRecord, key: string, also: WitnessLocation[]): Promise<Asked> {
    const started = performance.now();
    const input = encodeProofInput(await options.buildInput(batch, also));
    const hash = bytesToHex(keccak256(input));
    const job = {
      number: batch.number,
      input: proofInputKey(batch.number, hash),
      bytes: input.length,
      hash,
    };
    await redis.set(job.input, Buffer.from(input), "EX", options.inputSeconds ?? INPUT_SECONDS);
    metrics.witnessSeconds.observe((performance.now() - started) / 1000);
    metrics.witnessBytes.observe(input.length);
    asked.set(key, { job, also });
    for (const old of asked.keys()) if (asked.size > REMEMBERED) asked.delete(old);
    return { job, also };
  }

  async function ask(queue: Queue<ProofJob>, subject: ProofSubject): Promise<void> {
    const { batch } = subject;
    const key = keyOf(batch);
    let { job, also } = asked.get(key) ?? (await prepare(batch, key, []));
    if ((await redis.exists(job.input)) === 0) ({ job, also } = await prepare(batch, key, also));
    const id = proofJobId(job.number, job.hash);
    const found = await queue.getJob(id);
    if (found === undefined) {
      await queue.add("prove", job, {
        jobId: id,
        attempts: 5,
        backoff: { type: "exponential", delay: 1_000 },
        removeOnComplete: { age: 3_600 },
        stackTraceLimit: 1,
      });
      log.info({ batch: batch.number, bytes: job.bytes, queue: queue.name }, "proof asked for");
      return;
    }
    const state = await found.getState();
    if (state === "completed") await takeResult(found, subject);
    else if (state === "failed") await takeFailure(found, subject, also);
  }

  async function takeResult(job: Job<ProofJob>, subject: ProofSubject): Promise<void> {
    const { batch } = subject;
    const result = RESULT.safeParse(job.returnvalue);
    const expected = publicInputsOf(subject);
    const signatures = result.success ? result.data.signatures : [];
    const counts = signatures.filter(({ signer, signature }) =>
      isSignedBy(signer, signature, expected, subject),
    );
    if (result.success && !bytesEqual(hexToBytes(result.data.publicInputs), expected)) {
      log.warn({ batch: batch.number }, "a prover signed other public inputs; the proof is not used");
    }
    for (const { signer, signature } of counts) {
      await chain.addBatchProof(batch.number, hashOf(batch), {
        signer: hexToBytes(signer),
        publicInputs: expected,
        signature: hexToBytes(signature),
      });
      log.info({ batch: batch.number, signer }, "proof received");
    }
    metrics.proofs.inc({ outcome: counts.length > 0 ? "proved" : "unusable" });
    // Taken: the database has it. An unusable one is asked for again.
    await job.remove();
  }

  async function takeFailure(
    job: Job<ProofJob>,
    subject: ProofSubject,
    also: WitnessLocation[],
  ): Promise<void> {
    const { batch } = subject;
    const failure = decodeProofFailure(job.failedReason);
    if (failure?.code === "PROOF_REFUSED") {
      metrics.proofs.inc({ outcome: "refused" });
      await chain.addBatchRefusal(batch.number, hashOf(batch), failure.refusal);
      // Whoever takes the refusal away has it asked for again.
      await job.remove();
      log.error(
        { batch: batch.number, ...failure.refusal },
        "ALARM: a prover refuses a batch; proving and finalizing stop until somebody has looked",
      );
      return;
    }
    if (failure?.code === "WITNESS_INCOMPLETE") {
      metrics.proofs.inc({ outcome: "incomplete" });
      log.warn({ batch: batch.number, ...failure }, "a witness did not show all; making a larger one");
      await prepare(batch, keyOf(batch), [...also, locationOf(failure)]);
      await job.remove();
      return;
    }
    if (Date.now() - (job.finishedOn ?? 0) < RETRY_MS) return;
    metrics.proofs.inc({ outcome: "failed" });
    log.warn({ batch: batch.number, reason: job.failedReason.slice(0, 200) }, "a proof failed; asking again");
    await job.retry("failed");
  }

  return {
    async pursue(subject) {
      const { batch, verifier } = subject;
      const expected = publicInputsOf(subject);
      const read = async () => {
        const proofs = await chain.batchProofs(batch.number, hashOf(batch));
        const valid: BatchProofRecord[] = [];
        for (const proof of proofs) {
          if (!bytesEqual(proof.publicInputs, expected)) continue;
          if (await verifier.isProver(proof.signer)) valid.push(proof);
        }
        return valid.length >= verifier.threshold ? valid.slice(0, verifier.threshold) : undefined;
      };
      const enough = await read();
      if (enough !== undefined) return enough;
      for (const queue of queues) await ask(queue, subject);
      return read();
    },
    async stop() {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

function hashOf(batch: BatchRecord): Uint8Array {
  return batch.posting?.hash ?? new Uint8Array(32);
}

function keyOf(batch: BatchRecord): string {
  return `${batch.number}:${bytesToHex(hashOf(batch))}`;
}

function publicInputsOf({ chainId, rollup, commitment, previousStateRoot }: ProofSubject): Uint8Array {
  return publicInputsHash({ chainId, address: hexToBytes(rollup) }, commitment, previousStateRoot);
}

function isSignedBy(signer: Hex, signature: Hex, publicInputs: Uint8Array, subject: ProofSubject): boolean {
  const { chainId, verifier } = subject;
  const digest = batchProofDigest(publicInputs, { chainId, address: hexToBytes(verifier.address) });
  const bytes = hexToBytes(signature);
  const recovery = (bytes[64] ?? 0) - 27;
  if (recovery !== 0 && recovery !== 1) return false;
  try {
    const key = recoverPublicKey(digest, bytes.subarray(0, 64), recovery);
    return bytesEqual(keccak256(key).subarray(12), hexToBytes(signer));
  } catch (error) {
    // No key fits: not a signature of anything.
    if (error instanceof Error) return false;
    throw error;
  }
}

function locationOf(failure: Extract<ProofFailure, { code: "WITNESS_INCOMPLETE" }>): WitnessLocation {
  const address = hexToBytes(failure.address);
  return failure.slot === undefined ? { address } : { address, slot: hexToBytes(failure.slot) };
}
