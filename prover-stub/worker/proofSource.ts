import type { Redis } from "ioredis";
import {
  BraidError,
  bytesToHex,
  decodeProofInput,
  keccak256,
  PROOF_INPUT_LIMITS,
  type ProofInput,
  type ProofJob,
  proofInputKey,
} from "../../protocol/index.ts";

/** Where the prover finds what a job is about. */
export interface ProofSource {
  /** Throws ProofInputMissingError, which a later try may not meet, and DecodeError, which every try will. */
  read(job: ProofJob): Promise<ProofInput>;
}

/** The input is not there, any more or yet, or not whole. Whoever queued the job puts it there again. */
export class ProofInputMissingError extends BraidError {
  constructor(job: ProofJob, what: string) {
    super("PROOF_INPUT_MISSING", `the input of the proof of batch ${job.number} ${what}`, {
      retryable: true,
      hint: "the sequencer writes it again while it waits for the proof",
    });
  }
}

/** Inputs in Redis: written with an expiry by whoever queues the job, never more than the bounds allow. */
export class RedisProofSource implements ProofSource {
  private readonly redis: Redis;

  constructor(redis: Redis) {
    this.redis = redis;
  }

  async read(job: ProofJob): Promise<ProofInput> {
    // Asked first, so that nothing larger than allowed is ever fetched.
    const length = await this.redis.strlen(job.input);
    if (length === 0) throw new ProofInputMissingError(job, "is not in Redis");
    if (length !== job.bytes || length > PROOF_INPUT_LIMITS.bytes) {
      await this.remove(job);
      throw new ProofInputMissingError(job, `has ${length} bytes, not ${job.bytes}`);
    }
    const bytes = await this.redis.getBuffer(job.input);
    if (bytes === null) throw new ProofInputMissingError(job, "is not in Redis");
    if (bytesToHex(keccak256(bytes)) !== job.hash) {
      await this.remove(job);
      throw new ProofInputMissingError(job, "is not the one that was queued");
    }
    return decodeProofInput(bytes);
  }

  /** While a damaged input lies there, nobody writes it again. */
  private async remove({ number, hash, input }: ProofJob): Promise<void> {
    if (input === proofInputKey(number, hash)) await this.redis.del(input);
  }
}
