import type { Transaction } from "../../../protocol/index.ts";
import type { MinedTransaction } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";

/** Where a transaction is now. */
export type TransactionPlace =
  | { kind: "mined"; mined: MinedTransaction }
  | { kind: "pooled"; transaction: Transaction; receivedAt: number | undefined }
  | { kind: "rejected"; reason: string; at: Date }
  | { kind: "unknown" };

/** The pool is asked before the chain: a transaction that moves while we look is found in one of them. */
export async function findTransaction(context: RpcContext, hash: Uint8Array): Promise<TransactionPlace> {
  const [transaction, receivedAt] = await Promise.all([
    context.mempool.get(hash),
    context.mempool.receivedAt(hash),
  ]);
  const mined = await context.chain.transactionByHash(hash);
  if (mined !== undefined) return { kind: "mined", mined };
  if (transaction !== undefined) return { kind: "pooled", transaction, receivedAt };
  const rejection = await context.chain.rejection(hash);
  return rejection === undefined ? { kind: "unknown" } : { kind: "rejected", ...rejection };
}
