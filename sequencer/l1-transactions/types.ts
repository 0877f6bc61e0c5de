import type { Hex } from "../../protocol/index.ts";

/** Nodes keep the two apart: an account with one kind waiting may not send the other. */
export type TransactionKind = "plain" | "blobs";

export type TransactionPurpose = "commit" | "prove" | "finalize" | "cancel";

/** Wei. */
export interface L1Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Of blob transactions; 0 for others. */
  maxFeePerBlobGas: bigint;
}

/** What L1 asks at one block. Wei. */
export interface L1Prices {
  baseFee: bigint;
  priorityFee: bigint;
  blobBaseFee: bigint;
}

export const HOLD_REASONS = ["funds", "price", "daily-limit", "signer", "call", "nonce"] as const;

/**
 * Why transactions wait: no ether, L1 above the ceiling, the day's money spent, no signature, L1 would revert the call, or
 * another transaction in the way.
 */
export type HoldReason = (typeof HOLD_REASONS)[number];

/** What a transaction calls; everything but its nonce and its fees. */
export interface L1Call {
  /** 20 bytes. */
  to: Uint8Array;
  calldata: Uint8Array;
  gasLimit: bigint;
  /** What its blobs carry; undefined for a plain transaction. */
  blobData: Uint8Array | undefined;
}

/** A transaction that should be on L1 and is not. */
export interface WantedTransaction {
  /** Names what the transaction does: wanted twice under one key, it is one transaction. */
  key: string;
  purpose: Exclude<TransactionPurpose, "cancel">;
  batch: number;
  kind: TransactionKind;
  /** Its deadline has passed: the price ceiling does not hold it back. */
  urgent: boolean;
  call(): Promise<L1Call>;
}

/** How blobs travel with their transaction: the number that EIP-7594 gives the form, 0 for the one of before. */
export type SidecarVersion = 0 | 1;

/** Blobs with what L1 nodes check them by. */
export interface BlobSidecar {
  blobs: Uint8Array[];
  /** 48 bytes each. */
  commitments: Uint8Array[];
  /** 48 bytes each: one a blob in version 0 (EIP-4844), 128 a blob in version 1 (EIP-7594). */
  proofs: Uint8Array[];
  /** 32 bytes each. */
  versionedHashes: Uint8Array[];
  version: SidecarVersion;
}

/** `waiting`: without a nonce. `sent`: offered to L1. `mined`: L1 has it. `dropped`: nobody wants it any more. */
export type TransactionState = "waiting" | "sent" | "mined" | "dropped";

export interface TransactionAttempt {
  hash: Uint8Array;
  fees: L1Fees;
  /** Milliseconds since 1970. */
  sentAt: number;
  /** It does nothing but use up the nonce. */
  cancels: boolean;
}

export interface StoredTransaction {
  id: number;
  key: string;
  purpose: TransactionPurpose;
  batch: number;
  kind: TransactionKind;
  call: L1Call;
  state: TransactionState;
  nonce: number | undefined;
  /** Not wanted any more, but L1 may have it already: a cancellation is on its way. */
  cancelled: boolean;
  /** Oldest first. */
  attempts: TransactionAttempt[];
}

/** Where a transaction ended on L1. */
export interface MinedReceipt {
  transactionHash: Uint8Array;
  blockNumber: number;
  blockHash: Uint8Array;
  succeeded: boolean;
  gasUsed: bigint;
  /** Wei, blob gas included. */
  cost: bigint;
}

/** L1 and the poster's account at one block. */
export interface L1View {
  blockNumber: number;
  blockHash: Uint8Array;
  timestamp: number;
  prices: L1Prices;
  /** Next nonce. */
  nonce: number;
  balance: bigint;
}

export interface L1Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Signs for one account. */
export interface L1Signer {
  address: Hex;
  /** Gives r ‖ s ‖ parity, 65 bytes, over the transaction's signing hash. Throws SignerError. */
  sign(transaction: UnsignedTransaction, signingHash: Uint8Array): Promise<Uint8Array>;
}

export interface UnsignedTransaction {
  chainId: number;
  nonce: number;
  fees: L1Fees;
  gasLimit: bigint;
  to: Uint8Array;
  calldata: Uint8Array;
  /** Undefined for a plain transaction. */
  versionedHashes: Uint8Array[] | undefined;
}
