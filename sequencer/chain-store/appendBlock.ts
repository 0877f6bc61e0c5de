import type { Sql } from "postgres";
import type { ExecutedBlock } from "../../executor/index.ts";
import {
  accountsOfBlock,
  bytesEqual,
  encodeIndices,
  encodeStateDiff,
  InvariantError,
  type Receipt,
  type Transaction,
} from "../../protocol/index.ts";
import { headRef } from "./blocks.ts";
import { byteaArray, numberArray } from "./byteaArray.ts";
import { guarded } from "./chainStoreError.ts";
import { type ExecutionColumns, toExecutionColumns } from "./executions/executionColumns.ts";
import type { L1Position } from "./types.ts";

interface MinedRow {
  index: number;
  transaction: Transaction;
  receipt: Receipt;
  firstLogIndex: number;
}

interface IndexedLog {
  index: number;
  transactionIndex: number;
  log: Receipt["logs"][number];
}

/**
 * Writes a block with all that belongs to it in one statement: one transaction and one round trip.
 *
 * The tables' constraints refuse a block that does not follow the head (InvariantError). Appending the block that is
 * the head already does nothing, so that the call can be repeated when a lost connection left its outcome unknown.
 */
export async function appendBlock(
  sql: Sql,
  executed: ExecutedBlock,
  position: L1Position,
  indexAccounts: boolean,
): Promise<void> {
  const { header, hash } = executed.block;
  const execution = await toExecutionColumns(executed);
  try {
    await guarded(`append block ${header.number}`, () =>
      insertBlock(sql, executed, position, execution, indexAccounts),
    );
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    const head = await headRef(sql);
    if (head?.number !== header.number || !bytesEqual(head.hash, hash)) throw error;
  }
}

async function insertBlock(
  sql: Sql,
  { block, stateDiff, skipped, report }: ExecutedBlock,
  position: L1Position,
  execution: ExecutionColumns,
  indexAccounts: boolean,
): Promise<void> {
  const { header } = block;
  const rows = minedRows(block.transactions, block.receipts);
  const logs = indexedLogs(block.receipts);
  const rejected = skipped.filter(({ retryable }) => !retryable);
  const accounts = indexAccounts ? accountsOfBlock(block, report.transactions) : [];
  await sql`
    with block as (
      insert into blocks (number, hash, parent_hash, coinbase, state_root, transactions_root, receipts_root,
        logs_bloom, gas_limit, gas_used, timestamp, extra_data, prev_randao, base_fee_per_gas,
        parent_beacon_block_root, size, transaction_count, accounts_indexed, l1_origin_number, l1_origin_hash,
        l1_sequence_number, l1_messages_consumed, l1_transactions)
      values (${header.number}, ${block.hash}, ${header.parentHash}, ${header.coinbase}, ${header.stateRoot},
        ${header.transactionsRoot}, ${header.receiptsRoot}, ${header.logsBloom}, ${header.gasLimit.toString()},
        ${header.gasUsed.toString()}, ${header.timestamp}, ${header.extraData}, ${header.prevRandao},
        ${header.baseFeePerGas.toString()}, ${header.parentBeaconBlockRoot}, ${block.size}, ${rows.length},
        ${indexAccounts}, ${position.originNumber}, ${position.originHash}, ${position.sequenceNumber},
        ${position.messagesConsumed}, ${position.transactionsFromL1})
    ), mined as (
      insert into transactions (block_number, index, hash, sender, nonce, type, raw, status, gas_used,
        cumulative_gas_used, effective_gas_price, contract_address, first_log_index, log_count, deposit_nonce)
      select ${header.number}::bigint, * from unnest(
        ${numberArray(rows, (row) => row.index)}::int[],
        ${byteaArray(rows, (row) => row.transaction.hash)}::bytea[],
        ${byteaArray(rows, (row) => row.transaction.sender)}::bytea[],
        ${numberArray(rows, (row) => row.receipt.depositNonce ?? row.transaction.nonce)}::numeric[],
        ${numberArray(rows, (row) => row.transaction.type)}::smallint[],
        ${byteaArray(rows, (row) => row.transaction.raw)}::bytea[],
        ${numberArray(rows, (row) => row.receipt.status)}::smallint[],
        ${numberArray(rows, (row) => row.receipt.gasUsed)}::bigint[],
        ${numberArray(rows, (row) => row.receipt.cumulativeGasUsed)}::bigint[],
        ${numberArray(rows, (row) => row.receipt.effectiveGasPrice)}::numeric[],
        ${byteaArray(rows, (row) => row.receipt.contractAddress)}::bytea[],
        ${numberArray(rows, (row) => row.firstLogIndex)}::int[],
        ${numberArray(rows, (row) => row.receipt.logs.length)}::int[],
        ${numberArray(rows, (row) => row.receipt.depositNonce)}::numeric[])
    ), emitted as (
      insert into logs (block_number, log_index, transaction_index, address, topic0, topic1, topic2, topic3, data)
      select ${header.number}::bigint, * from unnest(
        ${numberArray(logs, ({ index }) => index)}::int[],
        ${numberArray(logs, ({ transactionIndex }) => transactionIndex)}::int[],
        ${byteaArray(logs, ({ log }) => log.address)}::bytea[],
        ${byteaArray(logs, ({ log }) => log.topics[0])}::bytea[],
        ${byteaArray(logs, ({ log }) => log.topics[1])}::bytea[],
        ${byteaArray(logs, ({ log }) => log.topics[2])}::bytea[],
        ${byteaArray(logs, ({ log }) => log.topics[3])}::bytea[],
        ${byteaArray(logs, ({ log }) => log.data)}::bytea[])
    ), touched as (
      insert into account_transactions (block_number, address, indices)
      select ${header.number}::bigint, * from unnest(
        ${byteaArray(accounts, ({ address }) => address)}::bytea[],
        ${byteaArray(accounts, ({ indices }) => encodeIndices(indices))}::bytea[])
    ), changed as (
      insert into state_diffs (block_number, diff) values (${header.number}, ${encodeStateDiff(stateDiff)})
    ), ran as (
      insert into block_executions (block_number, lanes, re_executed, shadowed, critical_path_gas, lane_ms, plan_ms,
        execute_ms, validate_ms, root_ms, seal_ms, contended, executions, access_list)
      values (${header.number}, ${execution.lanes}, ${execution.reExecuted}, ${execution.shadowed},
        ${execution.criticalPathGas.toString()}, ${numberArray(execution.laneMs, (ms) => ms)}::double precision[],
        ${execution.planMs}, ${execution.executeMs}, ${execution.validateMs}, ${execution.rootMs}, ${execution.sealMs},
        ${execution.contended}, ${execution.executions}, ${execution.accessList})
    )
    insert into rejections (hash, sender, reason)
    select distinct on (hash) hash, sender, reason from unnest(
      ${byteaArray(rejected, ({ transaction }) => transaction.hash)}::bytea[],
      ${byteaArray(rejected, ({ transaction }) => transaction.sender)}::bytea[],
      ${rejected.map(({ reason }) => reason)}::text[]) as rejected (hash, sender, reason)
    on conflict (hash) do update set reason = excluded.reason, at = now()`;
}

function minedRows(transactions: Transaction[], receipts: Receipt[]): MinedRow[] {
  if (transactions.length !== receipts.length) {
    throw new InvariantError(`block has ${transactions.length} transactions and ${receipts.length} receipts`);
  }
  const rows: MinedRow[] = [];
  let firstLogIndex = 0;
  for (const [index, receipt] of receipts.entries()) {
    const transaction = transactions[index];
    if (transaction !== undefined) rows.push({ index, transaction, receipt, firstLogIndex });
    firstLogIndex += receipt.logs.length;
  }
  return rows;
}

function indexedLogs(receipts: Receipt[]): IndexedLog[] {
  const logs: IndexedLog[] = [];
  for (const [transactionIndex, receipt] of receipts.entries()) {
    for (const log of receipt.logs) {
      if (log.topics.length > 4) throw new InvariantError("a log has more than four topics");
      logs.push({ index: logs.length, transactionIndex, log });
    }
  }
  return logs;
}
