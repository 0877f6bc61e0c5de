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
import type { BatchStore } from "./batchTypes.ts";

/** A transaction with its place in the chain. */
export interface MinedTransaction {
  transaction: Transaction;
  blockNumber: number;
  blockHash: Uint8Array;
  index: number;
  baseFeePerGas: bigint;
  blockTimestamp: number;
  /** Of a deposit: the nonce that it took. */
  depositNonce?: bigint;
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

/** Where a block stands on L1, and what it and the blocks before it took from there. */
export interface L1Position {
  /** The L1 origin. 0: nothing is known of L1 yet. */
  originNumber: number;
  /** 32 bytes. */
  originHash: Uint8Array;
  /** Blocks since the origin moved: 0 for the first block of an origin. */
  sequenceNumber: number;
  /** Messages of L1's queue that blocks up to this one have consumed, since genesis. */
  messagesConsumed: number;
  /**
   * Transactions at the block's beginning that came from L1: the L1 attributes, deposits, then the forced transactions
   * that were valid in their turn. The block's own follow.
   */
  transactionsFromL1: number;
}

/** A message of L1's queue. */
export interface L1Message {
  /** From 0, in L1 order. */
  index: number;
  kind: "deposit" | "forced";
  /** L1 block that it was queued in. */
  l1Block: number;
  transactionHash: Uint8Array;
  /** Of the event that carries it, in its L1 block. */
  logIndex: number;
  /** 20 bytes: who queued it; aliased, if a contract, for a deposit alone. */
  sender: Uint8Array;
  /** The deposit (type 0x7e), or the signed transaction as it was given to the portal, whatever it is. */
  payload: Uint8Array;
  messageHash: Uint8Array;
  /** Of all messages up to this one and with it. */
  rollingHash: Uint8Array;
}

/** A confirmed L1 block. */
export interface L1BlockRecord {
  number: number;
  hash: Uint8Array;
  parentHash: Uint8Array;
  /** Seconds. */
  timestamp: number;
  /** In wei. */
  baseFee: bigint;
  blobBaseFee: bigint;
}

/** The chain in PostgreSQL: the truth. Readers see whole blocks only. */
export interface ChainStore extends BatchStore {
  /**
   * One PostgreSQL transaction: header, body, receipts, logs, state diff, access list, execution report, rejections. The
   * number must follow the head. Without a position the block knows nothing of L1.
   */
  appendBlock(executed: ExecutedBlock, position?: L1Position): Promise<void>;
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

  /** Of a stored block; undefined for an unknown one. */
  l1Position(blockNumber: number): Promise<L1Position | undefined>;
  /** Of the first `count` messages, as L1MessageQueue has it; zeros for none. Throws InvariantError beyond what is known. */
  rollingHash(count: number): Promise<Uint8Array>;
  /** Messages `from` up to but without `to`, in order; fewer when fewer are known. */
  l1Messages(from: number, to: number): Promise<L1Message[]>;
}
