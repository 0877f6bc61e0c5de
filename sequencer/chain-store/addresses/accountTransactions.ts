import type { Sql } from "postgres";
import { decodeIndices } from "../../../protocol/index.ts";
import { guarded } from "../chainStoreError.ts";
import type { AccountHistory, AccountQuery } from "../types.ts";
import { indexMissingBlocks } from "./indexMissingBlocks.ts";

interface Row {
  block_number: string;
  indices: Buffer;
}

/** Rows fetched at once: a page of an ordinary account is one query. */
const ROWS = 64;

/**
 * Blocks with transactions that touched an account, nearest to the border first. Blocks that are not in the index yet
 * are added to it before.
 */
export async function accountTransactions(sql: Sql, query: AccountQuery): Promise<AccountHistory> {
  await indexMissingBlocks(sql);
  return guarded("search an account's transactions", async () => {
    const history: AccountHistory = { blocks: [], more: false };
    let found = 0;
    for (let border = query.block; ; ) {
      const rows = await nextRows(sql, query, border);
      for (const [at, row] of rows.entries()) {
        if (found >= query.limit) return { ...history, more: true };
        const indices = decodeIndices(row.indices);
        history.blocks.push({ blockNumber: Number(row.block_number), indices });
        found += indices.length;
        if (at === rows.length - 1) border = Number(row.block_number);
      }
      if (rows.length < ROWS) return history;
    }
  });
}

function nextRows(sql: Sql, { address, direction }: AccountQuery, border: number | undefined) {
  if (direction === "before") {
    return sql<Row[]>`
      select block_number, indices from account_transactions
      where address = ${address} ${border === undefined ? sql`` : sql`and block_number < ${border}`}
      order by block_number desc limit ${ROWS}`;
  }
  return sql<Row[]>`
    select block_number, indices from account_transactions
    where address = ${address} ${border === undefined ? sql`` : sql`and block_number > ${border}`}
    order by block_number limit ${ROWS}`;
}
