import type { RpcContext } from "../context.ts";
import { borders } from "../filters/filterChanges.ts";
import { invalidParams, serverError } from "../json-rpc/rpcError.ts";
import type { LogQuery } from "../schema/logFilter.ts";

const isPending = (border: LogQuery["fromBlock"]) =>
  border !== undefined && "tag" in border && border.tag === "pending";

/** geth's errors for logs that cannot be followed: those of the pending block, and those of a range that is empty. */
export function assertFollowable(context: Pick<RpcContext, "heads">, query: LogQuery): void {
  if (isPending(query.fromBlock) || isPending(query.toBlock)) {
    throw serverError("pending logs are not supported");
  }
  const { first, last } = borders(context, query);
  if (first > last) throw invalidParams("invalid block range params");
}
