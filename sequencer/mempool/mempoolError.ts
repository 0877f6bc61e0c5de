import { BraidError, type Transaction } from "../../protocol/index.ts";
import { transactionCost } from "./transactionCost.ts";

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

/** Starts the answer for a sender that cannot pay for all it sent: what is queued, what is replaced, in hexadecimal. */
const OVERDRAFT = "funds ";

/** What `lua/add.lua` says of a transaction that it refuses. `balance`: the sender's, as the pool was told. */
export function refusal(result: string, transaction: Transaction, balance: bigint): MempoolError {
  if (result.startsWith(OVERDRAFT)) return overdraft(result.slice(OVERDRAFT.length), transaction, balance);
  const known = REFUSALS[result];
  return known === undefined
    ? new MempoolError("MEMPOOL_UNEXPECTED", `unexpected answer of Redis: ${result}`)
    : known();
}

function overdraft(sums: string, transaction: Transaction, balance: bigint): MempoolError {
  const [spent = 0n, replaced] = sums.split(" ").map((digits) => BigInt(`0x${digits}`));
  const added = transactionCost(transaction) - (replaced ?? 0n);
  const what = replaced === undefined ? "tx cost" : "tx bumped";
  return new MempoolError(
    "MEMPOOL_INSUFFICIENT_FUNDS",
    `insufficient funds for gas * price + value: balance ${balance}, queued cost ${spent}, ${what} ${added}, overshot ${spent + added - balance}`,
    { hint: "The balance must cover all that the sender has in the pool." },
  );
}
