import type { BatchCommitment } from "./batchCommitment.ts";

/**
 * A batch as a prover is given it. Nothing in it is trusted: `previous` must hash to the batch's `previousHash`, the
 * header to the previous batch's `lastBlockHash`, the data to its data hash, the messages to its rolling hash.
 */
export interface ProofBatch {
  commitment: BatchCommitment;
  previous: BatchCommitment;
  /** RLP of the header of the block before the first. */
  parentHeader: Uint8Array;
  /** The encoded batch, as posted. */
  data: Uint8Array;
  /** Versioned hashes of the blobs that carry the data, 32 bytes each; undefined when it was posted as calldata. */
  blobs: Uint8Array[] | undefined;
  /**
   * What L1 put into the batch's blocks, in the order of the blocks and then of the queue. In its block, attributes and
   * deposits come first, then forced transactions, then the block's own.
   */
  messages: BatchMessage[];
  /** What the sequencer holds of each block. Only for saying where a wrong result went wrong. */
  claims: BlockClaim[];
}

/** What a prover is given: a batch, and the part of the state before it that its execution touches. */
export interface ProofInput {
  batch: ProofBatch;
  witness: BatchWitness;
}

/** A transaction that L1 put into a block. */
export type BatchMessage =
  /** The L1 attributes, where a block's L1 origin has moved: the only deposit that is not in the queue. */
  | { kind: "attributes"; block: number; raw: Uint8Array }
  | { kind: "deposit"; block: number; l1Block: number; raw: Uint8Array }
  /** `from`: who queued it on L1, 20 bytes. The block leaves it out when it is not valid in its turn. */
  | { kind: "forced"; block: number; l1Block: number; from: Uint8Array; raw: Uint8Array };

/** What the batch's execution reads of the state before it; each part is named by its keccak-256. */
export interface BatchWitness {
  /** Encodings of trie nodes. */
  nodes: Uint8Array[];
  codes: Uint8Array[];
}

/** Byte fields are 32 bytes. */
export interface BlockClaim {
  hash: Uint8Array;
  stateRoot: Uint8Array;
  receiptsRoot: Uint8Array;
  transactions: TransactionClaim[];
}

export interface TransactionClaim {
  status: 0 | 1;
  gasUsed: number;
  /** keccak-256 of the receipt as the receipts trie holds it. */
  receiptHash: Uint8Array;
}

/** Bounds of a proof input. A decoder refuses what is over them, so hostile data cannot take its memory. */
export const PROOF_INPUT_LIMITS = {
  bytes: 256 * 1024 * 1024,
  nodes: 4_000_000,
  /** A branch with 16 hashes, the longest node of a state trie, has 532. */
  nodeBytes: 1024,
  codes: 100_000,
  codeBytes: 64 * 1024,
  headerBytes: 1024,
  messages: 100_000,
  messageBytes: 256 * 1024,
  blobs: 128,
  blocks: 65_536,
  transactions: 1_000_000,
} as const;
