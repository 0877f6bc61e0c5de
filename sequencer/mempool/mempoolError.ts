import { BraidError } from "../../protocol/index.ts";

export type MempoolErrorCode =
  | "ALREADY_KNOWN"
  | "NONCE_TOO_LOW"
  | "NONCE_TOO_HIGH"
  | "REPLACEMENT_UNDERPRICED"
  | "ACCOUNT_LIMIT"
  | "FULL"
  | "UNAVAILABLE";

/** The pool refuses a transaction, in geth's words, or Redis could not be asked. */
export class MempoolError extends BraidError {
  constructor(code: MempoolErrorCode, message: string, cause?: unknown) {
    super(`MEMPOOL_${code}`, message, {
      retryable: code === "FULL" || code === "ACCOUNT_LIMIT" || code === "UNAVAILABLE",
      cause,
    });
  }
}
