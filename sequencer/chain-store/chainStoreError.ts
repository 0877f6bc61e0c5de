import postgres from "postgres";
import { BraidError, InvariantError } from "../../protocol/index.ts";

/**
 * Codes: `LOG_LIMIT_EXCEEDED` (a filter matches more logs than allowed), `ACCOUNT_INDEX_BEHIND` (blocks
 * are still being added to the account index; retryable), `CHAIN_STORE_UNAVAILABLE` (PostgreSQL cannot
 * be reached or gave up on us; retryable), `CHAIN_STORE_FAILED` (PostgreSQL refused the query).
 */
export class ChainStoreError extends BraidError {}

/**
 * SQLSTATE classes in which the same call can succeed later: 08 connection, 40 rollback by serialization or deadlock,
 * 53 resources, 55 lock or server state, 57 operator intervention.
 */
const RETRYABLE_CLASSES = new Set(["08", "40", "53", "55", "57"]);

/** Constraints by which the database itself keeps the chain a chain: what it means when one is broken. */
const INVARIANTS: Record<string, string> = {
  blocks_pkey: "another block with this number is stored",
  blocks_hash_key: "a block with this hash is stored under another number",
  blocks_follow_parent: "the block does not follow the head: its parent is not stored",
  transactions_pkey: "the block's transactions are stored already",
  logs_pkey: "the block's logs are stored already",
  state_diffs_pkey: "the block's state diff is stored already",
  account_transactions_pkey: "the block's accounts are stored already",
  block_executions_pkey: "the block's execution report is stored already",
  transactions_hash: "a transaction of the block is mined already",
  batches_pkey: "another batch with this number is stored",
  batches_follow_previous: "the batch does not follow the last one",
};

/** Runs a query; what PostgreSQL or the connection throws becomes a typed error. */
export async function guarded<Result>(action: string, query: () => Promise<Result>): Promise<Result> {
  try {
    return await query();
  } catch (error) {
    throw toChainStoreError(action, error);
  }
}

export function toChainStoreError(action: string, error: unknown): BraidError {
  if (error instanceof BraidError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof postgres.PostgresError) {
    const invariant = INVARIANTS[error.constraint_name ?? ""];
    if (invariant !== undefined) return new InvariantError(`${action}: ${invariant}`, error);
    if (!RETRYABLE_CLASSES.has(error.code.slice(0, 2))) {
      return new ChainStoreError("CHAIN_STORE_FAILED", `${action}: PostgreSQL refused: ${message}`, {
        cause: error,
      });
    }
  } else if (!isConnectionError(error)) {
    return new ChainStoreError("CHAIN_STORE_FAILED", `${action}: ${message}`, { cause: error });
  }
  return new ChainStoreError(
    "CHAIN_STORE_UNAVAILABLE",
    `${action}: PostgreSQL is not available: ${message}`,
    {
      cause: error,
      retryable: true,
      hint: "The call can be repeated once PostgreSQL answers again.",
    },
  );
}

/** The driver's own codes (`CONNECTION_CLOSED`, `CONNECT_TIMEOUT`) and the operating system's (`ECONNREFUSED`). */
function isConnectionError(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(CONNECT|E(CONN|PIPE|NOTFOUND|AI_AGAIN|NOENT|TIMEDOUT|HOST|NET))/.test(error.code)
  );
}
