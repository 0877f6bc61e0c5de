import type { SettlementHeader } from "../../protocol/index.ts";

/** A block of L1 as far as L2 takes something from it. */
export interface L1Header {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
  parentHash: Uint8Array;
  /** Seconds. */
  timestamp: number;
  /** In wei. */
  baseFee: bigint;
  blobBaseFee: bigint;
}

/** A message of L1's queue. */
export interface L1Message {
  /** From 0, in L1 order. */
  index: number;
  l1Block: number;
  kind: "deposit" | "forced";
  /** Who queued a forced transaction, or whom a deposit is from; 20 bytes. */
  from: Uint8Array;
  /** The deposit (type 0x7e), or the bytes that were forced. */
  raw: Uint8Array;
}

/** A commitment as its event has it. */
export interface BatchEvent {
  header: SettlementHeader;
  hash: Uint8Array;
  dataHash: Uint8Array;
  rollingHash: Uint8Array;
  /** 0: its data is calldata. */
  blobCount: number;
  transactionHash: Uint8Array;
  l1Block: { number: number; hash: Uint8Array };
  logIndex: number;
}

/** Batches from this number on were taken back. */
export interface RevertEvent {
  from: number;
  l1Block: number;
  logIndex: number;
}
