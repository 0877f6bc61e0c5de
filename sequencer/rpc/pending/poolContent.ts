import { checksumAddress } from "../../../executor/index.ts";
import type { Transaction } from "../../../protocol/index.ts";
import type { SenderContent } from "../../mempool/index.ts";
import type { RpcContext } from "../context.ts";
import { limitExceeded, serverError } from "../json-rpc/rpcError.ts";

type Format<T> = (transaction: Transaction) => T;

/** Everything in the pool. Throws where this process cannot look at it, and when it is more than one answer may hold. */
export async function wholePool(context: RpcContext): Promise<SenderContent[]> {
  if (context.pool === undefined) throw serverError("the pool cannot be listed here");
  const moment = await context.pool.now(context.heads.heads().latest.number);
  const { poolContent: limit } = context.limits;
  if (moment.size > limit) {
    throw limitExceeded(
      `the pool holds ${moment.size} transactions, more than the ${limit} of one answer; ask txpool_contentFrom`,
    );
  }
  return moment.content();
}

/** Nonce → transaction. */
export function formatByNonce<T>(transactions: Transaction[], format: Format<T>): Record<string, T> {
  return Object.fromEntries(transactions.map((one) => [one.nonce.toString(), format(one)]));
}

/** geth's shape: `pending` and `queued`, each sender → nonce → transaction. */
export function formatPool<T>(senders: SenderContent[], format: Format<T>) {
  const part = (which: "pending" | "queued") =>
    Object.fromEntries(
      senders
        .filter((one) => one[which].length > 0)
        .map((one) => [checksumAddress(one.sender), formatByNonce(one[which], format)]),
    );
  return { pending: part("pending"), queued: part("queued") };
}
