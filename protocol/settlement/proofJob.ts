import type { Hex } from "../bytes.ts";

/** BullMQ queue of proof jobs. Where m of n provers must sign, each has a queue of its own, named by its address. */
export function proofQueueName(prover?: Hex): string {
  return prover === undefined ? "braid-proofs" : `braid-proofs-${prover.toLowerCase()}`;
}

/** A job: one batch. The same batch may be given twice; a proof depends on nothing else. */
export interface ProofJob {
  number: number;
  /** Key in Redis of the encoded proof input; it may expire, then the job waits for whoever queued it. */
  input: string;
  /** Length of the encoded input. */
  bytes: number;
  /** keccak-256 of the encoded input. */
  hash: Hex;
}

/** What a job returns that ends well. */
export interface ProofJobResult {
  number: number;
  publicInputs: Hex;
  signatures: { signer: Hex; signature: Hex }[];
}

/** Where a batch is wrong: the narrowest place that is known. */
export interface ProofRefusal {
  field: string;
  /** What the batch says, and what re-execution gives; numbers in decimal, bytes in hex. */
  claimed: string;
  found: string;
  block?: number;
  /** Place in the block. */
  transaction?: number;
}

/**
 * Why a job has failed for good, as its failure's reason says it in JSON. A job that failed in another way may be
 * queued again as it is.
 */
export type ProofFailure =
  /** The batch is not what it claims to be. Nothing may be proven or finalized until somebody has looked. */
  | { code: "PROOF_REFUSED"; number: number; refusal: ProofRefusal }
  /** Nothing is said about the batch: a witness that shows this place too may prove it. */
  | { code: "WITNESS_INCOMPLETE"; number: number; address: Hex; slot?: Hex };

export function encodeProofFailure(failure: ProofFailure): string {
  return JSON.stringify(failure);
}

/** Undefined when the job failed for a reason of its own: a timeout, no input, a lost prover. */
export function decodeProofFailure(failedReason: string): ProofFailure | undefined {
  if (!failedReason.startsWith("{")) return undefined;
  const failure = parsed(failedReason);
  return isFailure(failure) ? failure : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isFailure(value: unknown): value is ProofFailure {
  if (typeof value !== "object" || value === null || !("code" in value)) return false;
  return value.code === "PROOF_REFUSED" || value.code === "WITNESS_INCOMPLETE";
}

/** Key of a batch's proof input in Redis. */
export function proofInputKey(number: number, hash: Hex): string {
  return `braid:proof-input:${number}:${hash.slice(2, 18)}`;
}

/** One job for one input: queueing it twice makes one. */
export function proofJobId(number: number, hash: Hex): string {
  return `proof-${number}-${hash.slice(2, 18)}`;
}
