import { BraidError } from "../../../protocol/index.ts";
import type { AccountHistory, AccountQuery } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";
import { serverError } from "../json-rpc/rpcError.ts";

/** The chain store's answer; that its index is not ready yet is for the client to know. */
export async function accountHistory(
  { chain }: Pick<RpcContext, "chain">,
  query: AccountQuery,
): Promise<AccountHistory> {
  try {
    return await chain.accountTransactions(query);
  } catch (error) {
    if (error instanceof BraidError && error.code === "ACCOUNT_INDEX_BEHIND")
      throw serverError(error.message);
    throw error;
  }
}
