import type { BlockHeader, Log, LogCriteria, Receipt, StateDiff, Transaction } from "../../protocol/index.ts";
import type { L1Batch } from "../types.ts";

/** A transaction with its place in the chain, and what came of it. */
export interface ArchivedTransaction {
  transaction: Transaction;
  receipt: Receipt;
  blockNumber: number;
  blockHash: Uint8Array;
  blockTimestamp: number;
  baseFeePerGas: bigint;
  index: number;
  /** Index in the block of the receipt's first log. */
  firstLogIndex: number;
  /** Of a deposit: the nonce that it took. */
  depositNonce?: bigint;
}

export interface ArchivedLog {
  log: Log;
  blockNumber: number;
  blockHash: Uint8Array;
  blockTimestamp: number;
  transactionHash: Uint8Array;
  transactionIndex: number;
  logIndex: number;
}

/** Both borders are included. */
export interface LogSearch extends LogCriteria {
  fromBlock: number;
  toBlock: number;
  /** One log more than this is looked for at most. */
  limit: number;
}

export interface AccountSearch {
  /** 20 bytes. */
  address: Uint8Array;
  /** `before`: towards genesis, newest blocks first; `after`: towards the head, oldest blocks first. */
  direction: "before" | "after";
  /** Where to start, itself left out; undefined: from the head, or from genesis. */
  block: number | undefined;
  /** Whole blocks are given until they have this many transactions. */
  limit: number;
}

export interface AccountBlocks {
  /** `indices`: places of the transactions that touched the account, ascending. */
  blocks: { blockNumber: number; indices: number[] }[];
  /** Whether there are blocks beyond the last given. */
  more: boolean;
}

export interface ArchivedBatch {
  batch: L1Batch;
  /** Bytes of its data. */
  size: number;
}

/** Block 0 and the state that it begins with. */
export interface ArchivedGenesis {
  header: BlockHeader;
  hash: Uint8Array;
  stateDiff: StateDiff;
}
