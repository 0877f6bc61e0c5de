import { BraidError } from "../protocol/index.ts";

/** Verification could not go on; it says nothing about the chain. */
export class VerifierError extends BraidError {}

/** L1 did not answer, or its answers do not belong together. */
export class L1UnavailableError extends VerifierError {
  constructor(what: string, reason: string, cause?: unknown) {
    super("L1_UNAVAILABLE", `${what}: ${reason}`, {
      retryable: true,
      cause,
      hint: "Check that the L1 node answers and follows its chain; verification goes on where it stopped.",
    });
  }
}

/** What was being read is not on L1 any more: L1 is to be looked at again. */
export class L1MovedError extends VerifierError {
  constructor(what: string) {
    super("L1_MOVED", `${what}: L1 changed while it was read`, { retryable: true });
  }
}
