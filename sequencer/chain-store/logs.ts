import type { Sql } from "postgres";
import { InvariantError } from "../../protocol/index.ts";
import { byteaArray } from "./byteaArray.ts";
import { ChainStoreError, guarded } from "./chainStoreError.ts";
import { toBytes } from "./rows.ts";
import type { LogFilter, MinedLog } from "./types.ts";

/** A block's matching logs, packed by the query: one row for each log would take the driver several times as long. */
interface PackedRow {
  block_number: string;
  block_hash: Buffer;
  timestamp: string;
  packed: Buffer;
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
    const found = rows.flatMap(unpack);
    if (found.length > filter.limit) throw limitError(filter, found.at(-1)?.blockNumber ?? filter.fromBlock);
    return found;
  });
}

/** `beyond`: the block of the first log that is too many. All before it can be had. */
export function limitError({ limit, fromBlock }: LogFilter, beyond: number): ChainStoreError {
  const fits =
    beyond > fromBlock
      ? `. Try with this block range [0x${fromBlock.toString(16)}, 0x${(beyond - 1).toString(16)}].`
      : "";
  return new ChainStoreError("LOG_LIMIT_EXCEEDED", `query returned more than ${limit} results${fits}`, {
    hint: "Ask for a smaller block range, or for fewer addresses and topics.",
  });
}

/**
 * One log more than allowed tells that there are more. Hashes are joined to what has matched alone.
 *
 * The values stand in the text, as hex that was made here: which index to use depends on how common they are, and a
 * prepared statement would soon be planned for values that are not known.
 */
function matchingRows(sql: Sql, filter: LogFilter) {
  return sql.unsafe<PackedRow[]>(`
    with matching as materialized (
      select * from logs where ${conditions(filter).join(" and ")}
      order by block_number, log_index limit ${integer(filter.limit) + 1}
    )
    select matching.block_number, blocks.hash as block_hash, blocks.timestamp, string_agg(
      int4send(log_index) || int4send(transaction_index) || int4send(num_nonnulls(topic0, topic1, topic2, topic3))
        || int4send(length(data)) || transactions.hash || address || coalesce(topic0, '') || coalesce(topic1, '')
        || coalesce(topic2, '') || coalesce(topic3, '') || data, '' order by log_index) as packed
    from matching
    join blocks on blocks.number = matching.block_number
    join transactions on transactions.block_number = matching.block_number
      and transactions.index = matching.transaction_index
    group by matching.block_number, blocks.hash, blocks.timestamp
    order by matching.block_number`);
}

function conditions({ fromBlock, toBlock, addresses, topics }: LogFilter): string[] {
  const found = [`block_number between ${integer(fromBlock)} and ${integer(toBlock)}`];
  if (addresses.length > 0) found.push(`address = ${anyOf(addresses)}`);
  for (const [position, values] of topics.entries()) {
    const column = TOPIC_COLUMNS[position];
    if (column !== undefined)
      found.push(`${column} ${values.length === 0 ? "is not null" : `= ${anyOf(values)}`}`);
  }
  return found;
}

const anyOf = (values: Uint8Array[]) => `any('${byteaArray(values, (value) => value)}'::bytea[])`;

function integer(value: number): number {
  if (!Number.isSafeInteger(value)) throw new InvariantError(`${value} is no block number and no count`);
  return value;
}

/** Four numbers, hash, address: what stands before a log's topics and data. */
const FIXED_BYTES = 16 + 32 + 20;

/** Byte strings are views of the row's buffer; logs of a block share its hash. */
function unpack(row: PackedRow): MinedLog[] {
  const blockNumber = Number(row.block_number);
  const blockHash = toBytes(row.block_hash);
  const blockTimestamp = Number(row.timestamp);
  const { buffer, byteOffset, byteLength } = row.packed;
  const packed = new Uint8Array(buffer, byteOffset, byteLength);
  const view = new DataView(buffer, byteOffset, byteLength);
  const found: MinedLog[] = [];
  for (let at = 0; at < byteLength; ) {
    const topicsStart = at + FIXED_BYTES;
    const dataStart = topicsStart + 32 * view.getInt32(at + 8);
    const end = dataStart + view.getInt32(at + 12);
    const topics: Uint8Array[] = [];
    for (let topic = topicsStart; topic < dataStart; topic += 32)
      topics.push(packed.subarray(topic, topic + 32));
    found.push({
      log: {
        address: packed.subarray(at + 48, topicsStart),
        topics,
        data: packed.subarray(dataStart, end),
      },
      blockNumber,
      blockHash,
      blockTimestamp,
      transactionHash: packed.subarray(at + 16, at + 48),
      transactionIndex: view.getInt32(at + 4),
      logIndex: view.getInt32(at),
    });
    at = end;
  }
  return found;
}
