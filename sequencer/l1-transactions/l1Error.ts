import { BaseError } from "viem";
import { BraidError } from "../../protocol/index.ts";

/** L1 did not answer, or not with what was asked: the same step is tried again later. */
export class L1Error extends BraidError {
  constructor(action: string, cause: unknown) {
    super("L1_FAILED", `${action}: ${shortReason(cause)}`, {
      retryable: true,
      hint: "Check that the L1 node answers, that the rollup is not paused and that the poster has ether.",
    });
  }
}

/** The signer did not sign, or signed something else. */
export class SignerError extends BraidError {
  constructor(reason: string, cause?: unknown) {
    super("L1_SIGNER_FAILED", `the signer of L1 transactions: ${reason}`, {
      retryable: true,
      cause,
      hint: "Check BRAID_SIGNER_URL, BRAID_SIGNER_ADDRESS and what the signer is allowed to sign.",
    });
  }
}

/** viem's long messages repeat the request, which holds the whole batch: never keep those. */
export function shortReason(cause: unknown): string {
  if (cause instanceof BaseError) {
    const root = cause.walk();
    const detail = root instanceof BaseError ? root.details || root.shortMessage : root.message;
    return `${cause.shortMessage.split("\n")[0]} (${detail.slice(0, 200)})`;
  }
  return cause instanceof Error ? cause.message.slice(0, 300) : "unknown reason";
}
