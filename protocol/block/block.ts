import type { Transaction } from "../transaction/transaction.ts";

/** An Ethereum header under Osaka rules. Byte fields are 32 bytes unless said otherwise. */
export interface BlockHeader {
  parentHash: Uint8Array;
  /** 20 bytes: the fee recipient. */
  coinbase: Uint8Array;
  stateRoot: Uint8Array;
  transactionsRoot: Uint8Array;
  receiptsRoot: Uint8Array;
  /** 256 bytes. */
  logsBloom: Uint8Array;
  number: number;
  gasLimit: bigint;
  gasUsed: bigint;
  /** Seconds. Consecutive blocks may share one: blocks come faster than seconds. */
  timestamp: number;
  /** At most 32 bytes. */
  extraData: Uint8Array;
  prevRandao: Uint8Array;
  baseFeePerGas: bigint;
  parentBeaconBlockRoot: Uint8Array;
}

export interface Log {
  /** 20 bytes. */
  address: Uint8Array;
  /** At most four, 32 bytes each. */
  topics: Uint8Array[];
  data: Uint8Array;
}

export interface Receipt {
  /** EIP-2718 type of the transaction. */
  type: number;
  /** 1 = succeeded, 0 = reverted. */
  status: 0 | 1;
  gasUsed: bigint;
  /** Gas used in the block up to and including this transaction. */
  cumulativeGasUsed: bigint;
  /** What the sender paid per gas, in wei. */
  effectiveGasPrice: bigint;
  /** 256 bytes. */
  logsBloom: Uint8Array;
  logs: Log[];
  /** 20 bytes, when the transaction created a contract. */
  contractAddress: Uint8Array | undefined;
}

/** A block with its receipts, complete and immutable. `receipts[i]` belongs to `transactions[i]`. */
export interface Block {
  header: BlockHeader;
  /** 32 bytes. */
  hash: Uint8Array;
  /** RLP length of the block in bytes. */
  size: number;
  transactions: Transaction[];
  receipts: Receipt[];
}

/** Names a block. */
export interface BlockRef {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
}
