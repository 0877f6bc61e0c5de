import type { Transaction } from "../transaction/transaction.ts";

/**
 * What the header of an imported Ethereum block has beside Braid's own fields. Which of the optional ones are there
 * depends on its fork. Byte fields are 32 bytes unless said otherwise.
 */
export interface EthereumHeader {
  /** RLP, as the chain has it: the hash is taken of this. */
  raw: Uint8Array;
  sha3Uncles: Uint8Array;
  difficulty: bigint;
  /** `prevRandao` since the merge. */
  mixHash: Uint8Array;
  /** 8 bytes. */
  nonce: Uint8Array;
  /** EIP-1559; the header's own `baseFeePerGas` is 0 before. */
  baseFeePerGas?: bigint;
  /** EIP-4895. */
  withdrawalsRoot?: Uint8Array;
  /** EIP-4844. */
  blobGasUsed?: bigint;
  excessBlobGas?: bigint;
  /** EIP-4788; the header's own is zero before. */
  parentBeaconBlockRoot?: Uint8Array;
  /** EIP-7685. */
  requestsHash?: Uint8Array;
  /** What a unit of blob gas costs in this block, in wei (EIP-4844). */
  blobGasPrice?: bigint;
  /** Most blob gas that a block of its time may use. */
  maxBlobGas?: bigint;
  /** Prices of a block after this one, under the same rules; zero for what its rules do not know. Uncles have none. */
  next?: { baseFeePerGas: bigint; blobGasPrice: bigint };
}

/** EIP-4895. */
export interface Withdrawal {
  index: bigint;
  validatorIndex: bigint;
  /** 20 bytes. */
  address: Uint8Array;
  /** In gwei. */
  amount: bigint;
}

/** What an imported Ethereum block has beside Braid's own parts. */
export interface EthereumBody {
  /** RLP of the whole block. */
  raw: Uint8Array;
  uncles: { header: BlockHeader; hash: Uint8Array; size: number }[];
  /** Undefined before Shanghai. */
  withdrawals: Withdrawal[] | undefined;
}

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
  /** Only in blocks that were imported from an Ethereum chain. */
  ethereum?: EthereumHeader;
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
  /** Before Byzantium: the state root after the transaction, in the place of the status. */
  stateRoot?: Uint8Array;
  /** EIP-4844: blob transactions alone. */
  blobGas?: { used: bigint; price: bigint };
  /** Deposits alone: the sender's nonce before it. */
  depositNonce?: bigint;
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
  /** Only in blocks that were imported from an Ethereum chain. */
  ethereum?: EthereumBody;
}

/** Names a block. */
export interface BlockRef {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
}
