import type { Transaction } from "../../protocol/index.ts";

/** The most that a transaction can take from its sender, in wei. */
export function transactionCost(tx: Pick<Transaction, "gasLimit" | "maxFeePerGas" | "value">): bigint {
  return tx.gasLimit * tx.maxFeePerGas + tx.value;
}
