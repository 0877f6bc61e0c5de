import { z } from "zod";
import { DecodeError, PROOF_INPUT_LIMITS, type ProofJob } from "../../protocol/index.ts";

const schema = z.strictObject({
  number: z.int().min(1),
  input: z.string().min(1).max(200),
  bytes: z.int().min(1).max(PROOF_INPUT_LIMITS.bytes),
  hash: z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]),
});

/** The job as it came over the queue. Throws DecodeError. */
export function parseProofJob(data: unknown): ProofJob {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new DecodeError(`proof job: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
