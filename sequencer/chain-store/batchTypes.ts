/** Life of a batch. */
export type BatchStatus = "sealed" | "committed" | "proven" | "finalized";

export type BatchDataKind = "calldata" | "blobs";

/** Blocks cut into a batch, with all that L1 will bind except how the data gets there. Byte fields are 32 bytes. */
export interface SealedBatch {
  /** From 1, without gaps. */
  number: number;
  firstBlock: number;
  lastBlock: number;
  /** Encoded batch, as posted. */
  data: Uint8Array;
  postStateRoot: Uint8Array;
  lastBlockHash: Uint8Array;
  outputRoot: Uint8Array;
  l1OriginNumber: number;
  l1OriginHash: Uint8Array;
  /** Messages of L1's queue that blocks up to the last have consumed, since genesis. */
  messagesConsumed: number;
  /** Of those messages. */
  rollingHash: Uint8Array;
}

/** How a batch goes to L1, and so what L1 knows it by. */
export interface BatchPosting {
  kind: BatchDataKind;
  /** Versioned hashes; undefined for calldata. */
  blobHashes: Uint8Array[] | undefined;
  previousHash: Uint8Array;
  hash: Uint8Array;
}

export interface L1Place {
  transactionHash: Uint8Array;
  blockNumber: number;
}

/** A batch without its data, which `batchData` gives. */
export interface BatchRecord extends Omit<SealedBatch, "data"> {
  status: BatchStatus;
  /** Bytes of its data. */
  size: number;
  /** Milliseconds since 1970. */
  sealedAt: number;
  /** Undefined before the poster has chosen; it may choose anew while L1 does not have the batch. */
  posting: BatchPosting | undefined;
  /** Where L1 has its commitment, its proof, and the word that it is final. */
  commit: L1Place | undefined;
  /** `timestamp`: L1's time, in seconds, from which the finalization period runs. */
  proof: (L1Place & { timestamp: number }) | undefined;
  finality: L1Place | undefined;
}

/** One prover's word on a batch. */
export interface BatchProofRecord {
  /** 20 bytes. */
  signer: Uint8Array;
  /** 32 bytes. */
  publicInputs: Uint8Array;
  /** 65 bytes. */
  signature: Uint8Array;
}

/** Batches in PostgreSQL. Everything about L1 in here is a copy: L1 is right. */
export interface BatchStore {
  lastBatch(): Promise<BatchRecord | undefined>;
  batchByNumber(number: number): Promise<BatchRecord | undefined>;
  batchOfBlock(blockNumber: number): Promise<BatchRecord | undefined>;
  batchData(number: number): Promise<Uint8Array | undefined>;
  /** Of these statuses, oldest first. */
  batchesIn(statuses: readonly BatchStatus[], limit: number): Promise<BatchRecord[]>;
  countUnposted(): Promise<number>;
  /** Must follow the last one. Appending the last one again does nothing. */
  appendBatch(batch: SealedBatch): Promise<void>;
  /** Forgets sealed batches from this number on; their blocks are batched again. Gives how many there were. */
  dropSealedBatches(from: number): Promise<number>;
  /** While it is sealed. */
  setBatchPosting(number: number, posting: BatchPosting): Promise<void>;
  /** Also when it is committed already: after a reorganization L1 may hold it elsewhere, or otherwise. */
  markBatchCommitted(number: number, posting: BatchPosting, place: L1Place): Promise<void>;
  markBatchProven(number: number, place: L1Place & { timestamp: number }): Promise<void>;
  markBatchFinalized(number: number, place: L1Place): Promise<void>;
  /** L1 does not hold batches from this number on any more: back to sealed. Gives how many there were. */
  markBatchesSealed(from: number): Promise<number>;
  /** L1 has no proofs from this number on any more. */
  markBatchesUnproven(from: number): Promise<number>;
  markBatchesUnfinalized(from: number): Promise<number>;
  /** Last block of the last batch that L1 has; 0 when none. */
  safeBlock(): Promise<number>;
  /** Last block of the last batch that is final on L1; 0 when none. */
  finalizedBlock(): Promise<number>;
  addBatchProof(number: number, batchHash: Uint8Array, proof: BatchProofRecord): Promise<void>;
  batchProofs(number: number, batchHash: Uint8Array): Promise<BatchProofRecord[]>;
  /** A prover found the batch wrong. */
  addBatchRefusal(number: number, batchHash: Uint8Array, refusal: object): Promise<void>;
  /** The first batch that stands refused, if any. */
  firstRefusal(): Promise<{ number: number; refusal: unknown } | undefined>;
}
