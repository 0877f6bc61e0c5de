import {
  type BlockHeader,
  decodeTransaction,
  type Log,
  logsBloom,
  type Receipt,
} from "../../protocol/index.ts";
import type { MinedTransaction } from "./types.ts";

/** How the driver hands columns over: bytea as Buffer, bigint and numeric as text, integer as number. */
export interface BlockRow {
  number: string;
  hash: Buffer;
  parent_hash: Buffer;
  coinbase: Buffer;
  state_root: Buffer;
  transactions_root: Buffer;
  receipts_root: Buffer;
  logs_bloom: Buffer;
  gas_limit: string;
  gas_used: string;
  timestamp: string;
  extra_data: Buffer;
  prev_randao: Buffer;
  base_fee_per_gas: string;
  parent_beacon_block_root: Buffer;
  size: number;
}

export interface TransactionRow {
  sender: Buffer;
  raw: Buffer;
  type: number;
  status: number;
  gas_used: string;
  cumulative_gas_used: string;
  effective_gas_price: string;
  contract_address: Buffer | null;
  first_log_index: number;
  log_count: number;
  deposit_nonce: string | null;
}

export interface PlacedTransactionRow extends TransactionRow {
  block_number: string;
  block_hash: Buffer;
  index: number;
  base_fee_per_gas: string;
  timestamp: string;
}

export interface LogRow {
  address: Buffer;
  topic0: Buffer | null;
  topic1: Buffer | null;
  topic2: Buffer | null;
  topic3: Buffer | null;
  data: Buffer;
}

/** Copies out of the driver's shared buffer: small Buffers are views of a pool that would be kept alive whole. */
export function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

export function toHeader(row: BlockRow): BlockHeader {
  return {
    parentHash: toBytes(row.parent_hash),
    coinbase: toBytes(row.coinbase),
    stateRoot: toBytes(row.state_root),
    transactionsRoot: toBytes(row.transactions_root),
    receiptsRoot: toBytes(row.receipts_root),
    logsBloom: toBytes(row.logs_bloom),
    number: Number(row.number),
    gasLimit: BigInt(row.gas_limit),
    gasUsed: BigInt(row.gas_used),
    timestamp: Number(row.timestamp),
    extraData: toBytes(row.extra_data),
    prevRandao: toBytes(row.prev_randao),
    baseFeePerGas: BigInt(row.base_fee_per_gas),
    parentBeaconBlockRoot: toBytes(row.parent_beacon_block_root),
  };
}

export function toMinedTransaction(row: PlacedTransactionRow): MinedTransaction {
  return {
    transaction: decodeTransaction(row.raw, { sender: toBytes(row.sender), deposits: true }),
    blockNumber: Number(row.block_number),
    blockHash: toBytes(row.block_hash),
    index: row.index,
    baseFeePerGas: BigInt(row.base_fee_per_gas),
    blockTimestamp: Number(row.timestamp),
    ...depositNonce(row),
  };
}

function depositNonce({ deposit_nonce: nonce }: TransactionRow): { depositNonce?: bigint } {
  return nonce === null ? {} : { depositNonce: BigInt(nonce) };
}

export function toReceipt(row: TransactionRow, logs: Log[]): Receipt {
  return {
    type: row.type,
    status: row.status === 1 ? 1 : 0,
    gasUsed: BigInt(row.gas_used),
    cumulativeGasUsed: BigInt(row.cumulative_gas_used),
    effectiveGasPrice: BigInt(row.effective_gas_price),
    logsBloom: logsBloom(logs),
    logs,
    contractAddress: row.contract_address === null ? undefined : toBytes(row.contract_address),
    ...depositNonce(row),
  };
}

export function toLog(row: LogRow): Log {
  const topics: Uint8Array[] = [];
  for (const topic of [row.topic0, row.topic1, row.topic2, row.topic3]) {
    if (topic !== null) topics.push(toBytes(topic));
  }
  return { address: toBytes(row.address), topics, data: toBytes(row.data) };
}
