import type { ExecutedBlock } from "../executor/index.ts";
import type { BlockRef, ChainConfig, SettlementHeader } from "../protocol/index.ts";

/** A batch as L1 has it. Byte fields are 32 bytes. */
export interface L1Batch {
  header: SettlementHeader;
  /** `commitmentHash` of it. */
  hash: Uint8Array;
  dataHash: Uint8Array;
  /** Of the messages consumed. */
  rollingHash: Uint8Array;
  kind: "calldata" | "blobs";
  /** Versioned hashes (EIP-4844); empty for calldata. */
  blobHashes: Uint8Array[];
  transactionHash: Uint8Array;
  /** Where the transaction is; a reorganization shows by the hash. */
  l1Block: { number: number; hash: Uint8Array /** Seconds. */; timestamp: number };
}

/** Where a block stands on L1, and what it takes from there. */
export interface BlockPlace {
  originNumber: number;
  /** 32 bytes. */
  originHash: Uint8Array;
  /** Blocks since the origin moved: 0 for the first block of an origin. */
  sequenceNumber: number;
  /** Messages of L1's queue that blocks up to this one have consumed, since genesis. */
  messagesConsumed: number;
  /** Transactions at the block's beginning that came from L1. */
  transactionsFromL1: number;
  /** Forced transactions whose turn came in this block and that were not valid then. */
  skipped: { index: number; reason: string }[];
}

/**
 * Where verified blocks go besides the state store: an archive that the RPC reads, or a sequencer's database. What a
 * call has resolved for is durable. All calls come one after the other, in chain order.
 */
export interface BlockSink {
  /** The last block that it holds; undefined when it is empty. The genesis block is appended like any other. */
  head(): Promise<BlockRef | undefined>;
  /** Appending the last block again does nothing. */
  append(executed: ExecutedBlock, place: BlockPlace): Promise<void>;
  /**
   * All blocks of the batch are appended, and equal to what L1 committed. `data`: the encoded batch. The last batch may
   * come again after a crash.
   */
  batchVerified(batch: L1Batch, data: Uint8Array): Promise<void>;
  /** L1 took batches back: forgets blocks after this one, and batches that reach beyond it. */
  rewind(toBlock: number): Promise<void>;
  /** Last blocks that are proven, and final, on L1 as it stands; downwards too when L1 reorganizes. */
  settled(heads: { proven: number; finalized: number }): Promise<void>;
}

/** What the rollup published about its chain, checked against batch 0. */
export interface VerifiedChain {
  config: ChainConfig;
  l1ChainId: number;
  rollup: Uint8Array;
  deployedAtBlock: number;
}

/** Where blobs are found. Several may be asked in turn. */
export interface BlobSource {
  /** For messages: "beacon node at …", "directory …". */
  name: string;
  /**
   * The blobs of these versioned hashes, in this order, 131,072 bytes each; undefined when it does not have them all.
   * What comes back is not trusted: the verifier checks each against its hash. Throws when it cannot be reached.
   */
  blobs(batch: L1Batch): Promise<Uint8Array[] | undefined>;
}

export interface VerifierOptions {
  /** HTTP. */
  l1Url: string;
  /** 0x-hex, 20 bytes. */
  rollup: `0x${string}`;
  blobs: readonly BlobSource[];
  /** State store and the point to resume from. */
  dataDir: string;
  lanes: number;
  /** Besides the state store. */
  sink?: BlockSink;
  /** Last block to verify. Default: the last one that is committed. */
  toBlock?: number;
  /** Goes on with new batches until `signal` aborts. */
  follow?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: VerifyProgress) => void;
}

/** After each batch, and within long ones. */
export interface VerifyProgress {
  batch: number;
  lastBatch: number;
  block: number;
  lastBlock: number;
  transactions: number;
  /** Of this run. */
  transactionsPerSecond: number;
  secondsLeft: number | undefined;
}

export interface VerifyReport {
  /** Of this run; `lastBlock` when there was nothing new. */
  firstBlock: number;
  lastBlock: number;
  batches: number;
  transactions: number;
  /** After `lastBlock`. */
  stateRoot: Uint8Array;
  seconds: number;
}

/** Throws a DifferenceError at the first difference between L1's data and what was committed. */
export interface Verifier {
  chain(): Promise<VerifiedChain>;
  run(): Promise<VerifyReport>;
  stop(): Promise<void>;
}
