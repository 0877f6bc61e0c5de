import type { Sql } from "postgres";
import { decodeTransaction, type Transaction } from "../../protocol/index.ts";
import { guarded } from "./chainStoreError.ts";
import { toBytes } from "./rows.ts";

/** A user's transaction whose block was undone. */
export interface RequeuedTransaction {
  id: string;
  transaction: Transaction;
}

/** In the order of the chain that was; at most `limit`. */
export function requeuedTransactions(sql: Sql, limit: number): Promise<RequeuedTransaction[]> {
  return guarded("read transactions of undone blocks", async () => {
    const rows = await sql<{ id: string; sender: Buffer; raw: Buffer }[]>`
      select id, sender, raw from requeued_transactions order by id limit ${limit}`;
    return rows.map(({ id, sender, raw }) => ({
      id,
      transaction: decodeTransaction(raw, { sender: toBytes(sender) }),
    }));
  });
}

/** They are in the pool again, or refused for good. */
export function forgetRequeued(sql: Sql, upTo: string): Promise<void> {
  return guarded("forget transactions of undone blocks", async () => {
    await sql`delete from requeued_transactions where id <= ${upTo}`;
  });
}
