import type { BatchEvent, L1Message, RevertEvent } from "../l1/l1Types.ts";

/** Which chain a folder holds. */
export interface ChainIdentity {
  l1ChainId: number;
  /** 0x-hex, lower case. */
  rollup: string;
  /** 0x-hex. */
  genesisHash: string;
}

/** A block of L1. */
export interface L1Point {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
}

/** What a range of L1's blocks brought. */
export interface L1Step {
  /** The range's last block. */
  to: L1Point;
  batches: BatchEvent[];
  reverts: RevertEvent[];
  messages: L1Message[];
}

/** A block that was executed: what its successor follows from, and which batch it is of. */
export interface BlockRecord {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
  stateRoot: Uint8Array;
  timestamp: number;
  /** Decimal: bigint does not survive the encoding in all sizes. */
  gasLimit: string;
  gasUsed: string;
  baseFeePerGas: string;
  originNumber: number;
  originHash: Uint8Array;
  sequenceNumber: number;
  messagesConsumed: number;
  batch: { number: number; hash: Uint8Array; firstBlock: number };
}
