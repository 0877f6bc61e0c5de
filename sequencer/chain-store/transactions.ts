import type { Sql } from "postgres";
import { bytesToHex } from "../../protocol/index.ts";
import { byteaArray } from "./byteaArray.ts";
import { guarded } from "./chainStoreError.ts";
import { type LogRow, type PlacedTransactionRow, toLog, toMinedTransaction, toReceipt } from "./rows.ts";
import type { MinedReceipt, MinedTransaction } from "./types.ts";

export function transactionByHash(sql: Sql, hash: Uint8Array): Promise<MinedTransaction | undefined> {
  return guarded("read transaction", async () => {
    const row = await placedRow(sql, hash);
    return row && toMinedTransaction(row);
  });
}

export function receiptByHash(sql: Sql, hash: Uint8Array): Promise<MinedReceipt | undefined> {
  return guarded("read receipt", async () => {
    const row = await placedRow(sql, hash);
    if (row === undefined) return undefined;
    const first = row.first_log_index;
    const logs =
      row.log_count === 0
        ? []
        : await sql<LogRow[]>`
            select * from logs
            where block_number = ${row.block_number} and log_index >= ${first} and log_index < ${first + row.log_count}
            order by log_index`;
    return { ...toMinedTransaction(row), receipt: toReceipt(row, logs.map(toLog)), firstLogIndex: first };
  });
}

/** The hashes among these that are mined, as `0x…` keys. */
export function minedAmong(sql: Sql, hashes: Uint8Array[]): Promise<Set<string>> {
  return guarded("look for mined transactions", async () => {
    if (hashes.length === 0) return new Set();
    const rows = await sql<{ hash: Buffer }[]>`
      select hash from transactions where hash = any(${byteaArray(hashes, (hash) => hash)}::bytea[])`;
    return new Set(rows.map(({ hash }) => bytesToHex(hash)));
  });
}

async function placedRow(sql: Sql, hash: Uint8Array): Promise<PlacedTransactionRow | undefined> {
  const [row] = await sql<PlacedTransactionRow[]>`
    select transactions.*, blocks.hash as block_hash, blocks.base_fee_per_gas, blocks.timestamp
    from transactions join blocks on blocks.number = transactions.block_number
    where transactions.hash = ${hash}`;
  return row;
}
