import { BraidError } from "../../protocol/index.ts";

/** The pool does not take a transaction; the message is geth's where clients match on it. */
export class MempoolError extends BraidError {}

const REFUSALS: Record<string, () => MempoolError> = {
  known: () => new MempoolError("MEMPOOL_ALREADY_KNOWN", "already known"),
  "underpriced replacement": () =>
    new MempoolError("MEMPOOL_REPLACEMENT_UNDERPRICED", "replacement transaction underpriced", {
      hint: "Raise both the fee cap and the tip by at least 10 %.",
    }),
  "sender full": () =>
    new MempoolError(
      "MEMPOOL_SENDER_FULL",
      "account limit exceeded: too many transactions of this sender wait",
      {
        retryable: true,
      },
    ),
  "queue full": () =>
    new MempoolError(
      "MEMPOOL_QUEUE_FULL",
      "account limit exceeded: too many transactions wait behind a nonce gap",
      {
        retryable: true,
        hint: "Send the transaction with the missing nonce first.",
      },
    ),
  full: () =>
    new MempoolError("MEMPOOL_FULL", "txpool is full", {
      retryable: true,
      hint: "Retry later, or pay a higher tip.",
    }),
};

/** What `lua/add.lua` says of a transaction that it refuses. */
export function refusal(result: string): MempoolError {
  const known = REFUSALS[result];
  return known === undefined
    ? new MempoolError("MEMPOOL_UNEXPECTED", `unexpected answer of Redis: ${result}`)
    : known();
}
