import { BaseError } from "viem";
import { BraidError } from "../../protocol/index.ts";

/** L1 did not answer, or its answers do not belong together: the same look at it is tried again later. */
export class L1UnavailableError extends BraidError {
  constructor(action: string, cause: unknown) {
    super("L1_UNAVAILABLE", `${action}: ${reasonOf(cause)}`, {
      retryable: true,
      hint: "Check that the L1 node at BRAID_L1_URL answers and follows its chain.",
    });
  }
}

/** What L1 says it has queued is not what its events say: going on could only do harm. */
export class L1MessagesError extends BraidError {
  constructor(message: string) {
    super("L1_MESSAGES_DIFFER", message, {
      hint: "Ask another L1 node: this one leaves out or changes events.",
    });
  }
}

/** viem's long messages repeat the request and its URL, which can hold a provider's key. */
function reasonOf(cause: unknown): string {
  if (cause instanceof BaseError) {
    const root = cause.walk();
    const detail = root instanceof BaseError ? root.details || root.shortMessage : root.message;
    return `${cause.shortMessage.split("\n")[0]} (${detail.slice(0, 200)})`;
  }
  return cause instanceof Error ? cause.message.slice(0, 300) : "unknown reason";
}
