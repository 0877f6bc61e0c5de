import type { BlockExecutionReport, ContendedLocation, ExecutedBlock } from "../../executor/index.ts";
import type {
  Block,
  BlockHeader,
  BlockRef,
  Log,
  Receipt,
  StateDiff,
  Transaction,
} from "../../protocol/index.ts";

/** A transaction with its place in the chain. */
export interface MinedTransaction {
  transaction: Transaction;
  blockNumber: number;
  blockHash: Uint8Array;
  index: number;
  baseFeePerGas: bigint;
  blockTimestamp: number;
}

export interface MinedReceipt extends MinedTransaction {
  receipt: Receipt;
  /** Index in the block of the receipt's first log. */
  firstLogIndex: number;
}

export interface LogFilter {
  fromBlock: number;
  toBlock: number;
  /** Any of these; empty = all. 20 bytes each. */
  addresses: Uint8Array[];
  /** By position: any of these 32-byte values; empty = wildcard. */
  topics: Uint8Array[][];
  /** Throws a ChainStoreError when more would be returned. */
  limit: number;
}

export interface MinedLog {
  log: Log;
  blockNumber: number;
  blockHash: Uint8Array;
  blockTimestamp: number;
  transactionHash: Uint8Array;
  transactionIndex: number;
  logIndex: number;
}

/** Which of an account's transactions are wanted. */
export interface AccountQuery {
  /** 20 bytes. */
  address: Uint8Array;
  /** `before`: towards genesis, newest blocks first; `after`: towards the head, oldest blocks first. */
  direction: "before" | "after";
  /** Where to start, itself left out; undefined: from the head, or from genesis. */
  block: number | undefined;
  /** Whole blocks are given until they have this many transactions. */
  limit: number;
}

export interface AccountHistory {
  /** `indices`: places of the transactions that touched the account, ascending. */
  blocks: { blockNumber: number; indices: number[] }[];
  /** Whether there are blocks beyond the last given. */
  more: boolean;
}

/** Life of a batch; proven and finalized come with the prover. */
export type BatchStatus = "sealed" | "committed" | "proven" | "finalized";

export interface BatchRecord {
  /** From 1, without gaps. */
  number: number;
  firstBlock: number;
  lastBlock: number;
  /** Encoded batch, as posted. */
  data: Uint8Array;
  /** 32 bytes: what L1 knows it by. */
  hash: Uint8Array;
  previousHash: Uint8Array;
  postStateRoot: Uint8Array;
  status: BatchStatus;
  l1TransactionHash: Uint8Array | undefined;
  l1BlockNumber: number | undefined;
}

/** The chain in PostgreSQL: the truth. Readers see whole blocks only. */
export interface ChainStore {
  /**
   * One PostgreSQL transaction: header, body, receipts, logs, state diff, access list, execution report, rejections. The
   * number must follow the head.
   */
  appendBlock(executed: ExecutedBlock): Promise<void>;
  recordRejections(rejections: { hash: Uint8Array; sender: Uint8Array; reason: string }[]): Promise<void>;
  head(): Promise<BlockRef | undefined>;
  blockByNumber(number: number): Promise<Block | undefined>;
  blockByHash(hash: Uint8Array): Promise<Block | undefined>;
  headerByNumber(number: number): Promise<{ header: BlockHeader; hash: Uint8Array } | undefined>;
  transactionByHash(hash: Uint8Array): Promise<MinedTransaction | undefined>;
  receiptByHash(hash: Uint8Array): Promise<MinedReceipt | undefined>;
  /** Which of these are mined. */
  minedAmong(hashes: Uint8Array[]): Promise<Set<string>>;
  logs(filter: LogFilter): Promise<MinedLog[]>;
  /** Blocks with transactions that touched an account: see `accountsOfBlock`. */
  accountTransactions(query: AccountQuery): Promise<AccountHistory>;
  /** How a block ran. Undefined for an unknown block, and for one that was stored before reports were kept. */
  blockExecution(blockNumber: number): Promise<BlockExecutionReport | undefined>;
  /** RLP of the block's access list (EIP-7928); undefined as with `blockExecution`. */
  blockAccessList(blockNumber: number): Promise<Uint8Array | undefined>;
  /** The blocks of the range that had contended locations, in order, with the ten most wanted of each. */
  contendedLocations(range: {
    fromBlock: number;
    toBlock: number;
  }): Promise<{ blockNumber: number; contended: ContendedLocation[] }[]>;
  rejection(hash: Uint8Array): Promise<{ reason: string; at: Date } | undefined>;
  /** In order, in pages, for recovery: blocks after `number`. */
  diffsAfter(number: number): AsyncIterable<{ header: BlockHeader; hash: Uint8Array; diff: StateDiff }>;

  lastBatch(): Promise<BatchRecord | undefined>;
  batchByNumber(number: number): Promise<BatchRecord | undefined>;
  batchOfBlock(blockNumber: number): Promise<BatchRecord | undefined>;
  /** One transaction: the batch and its outbox job. */
  appendBatch(batch: BatchRecord): Promise<void>;
  /** Sealed and not yet on L1, oldest first. */
  unpostedBatches(): Promise<BatchRecord[]>;
  markBatchCommitted(number: number, l1: { transactionHash: Uint8Array; blockNumber: number }): Promise<void>;
  /** L1 lost it (reorganization): back to sealed. */
  markBatchSealed(number: number): Promise<void>;
  /** Last block of the last batch that L1 has; 0 when none. */
  safeBlock(): Promise<number>;
}
