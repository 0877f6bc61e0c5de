import type { Sql } from "postgres";
import { byteaArray } from "./byteaArray.ts";
import { ChainStoreError, guarded } from "./chainStoreError.ts";
import { type LogRow, toBytes, toLog } from "./rows.ts";
import type { LogFilter, MinedLog } from "./types.ts";

interface MinedLogRow extends LogRow {
  block_number: string;
  block_hash: Buffer;
  timestamp: string;
  transaction_hash: Buffer;
  transaction_index: number;
  log_index: number;
}

const TOPIC_COLUMNS = ["topic0", "topic1", "topic2", "topic3"];

/**
 * Logs in the order of the chain: any of the addresses, and at each position any of its topics. As in geth, a log
 * matches only when it has at least as many topics as the filter has positions, wildcards too.
 */
export function logs(sql: Sql, filter: LogFilter): Promise<MinedLog[]> {
  return guarded("read logs", async () => {
    if (filter.topics.length > TOPIC_COLUMNS.length) return [];
    const rows = await matchingRows(sql, filter);
    if (rows.length > filter.limit) {
      throw new ChainStoreError("LOG_LIMIT_EXCEEDED", `query returned more than ${filter.limit} results`, {
        hint: "Ask for a smaller block range, or for fewer addresses and topics.",
      });
    }
    return rows.map(toMinedLog);
  });
}

/** One row more than allowed tells that there are more. Hashes are joined to what has matched alone. */
function matchingRows(sql: Sql, { fromBlock, toBlock, addresses, topics, limit }: LogFilter) {
  const ofAddresses =
    addresses.length === 0
      ? sql``
      : sql`and address = any(${byteaArray(addresses, (address) => address)}::bytea[])`;
  const ofTopics = topics.reduce((conditions, values, position) => {
    const column = sql(TOPIC_COLUMNS[position] ?? "");
    return values.length === 0
      ? sql`${conditions} and ${column} is not null`
      : sql`${conditions} and ${column} = any(${byteaArray(values, (topic) => topic)}::bytea[])`;
  }, sql``);
  return sql<MinedLogRow[]>`
    with matching as materialized (
      select * from logs where block_number between ${fromBlock} and ${toBlock} ${ofAddresses} ${ofTopics}
      order by block_number, log_index limit ${limit + 1}
    )
    select matching.*, blocks.hash as block_hash, blocks.timestamp, transactions.hash as transaction_hash
    from matching
    join blocks on blocks.number = matching.block_number
    join transactions on transactions.block_number = matching.block_number
      and transactions.index = matching.transaction_index
    order by matching.block_number, matching.log_index`;
}

function toMinedLog(row: MinedLogRow): MinedLog {
  return {
    log: toLog(row),
    blockNumber: Number(row.block_number),
    blockHash: toBytes(row.block_hash),
    blockTimestamp: Number(row.timestamp),
    transactionHash: toBytes(row.transaction_hash),
    transactionIndex: row.transaction_index,
    logIndex: row.log_index,
  };
}
