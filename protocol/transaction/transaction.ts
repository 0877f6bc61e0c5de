/**
 * EIP-2718 types: legacy, EIP-2930, EIP-1559, EIP-7702. Blob transactions (3) are in blocks of Ethereum chains alone;
 * Braid's L2 refuses them. Deposits (0x7e) come from L1; users cannot send them.
 */
export type TransactionType = 0 | 1 | 2 | 3 | 4 | 0x7e;

export interface AccessListEntry {
  /** 20 bytes. */
  address: Uint8Array;
  /** 32 bytes each. */
  storageKeys: Uint8Array[];
}

/** EIP-7702 authorization tuple. */
export interface Authorization {
  chainId: bigint;
  /** 20 bytes. */
  address: Uint8Array;
  nonce: bigint;
  yParity: number;
  r: bigint;
  s: bigint;
}

/** What a deposit transaction has that no other has. */
export interface Deposit {
  /** 32 bytes: which event of L1 it comes from. */
  sourceHash: Uint8Array;
  /** Wei that the sender is given before execution; it stays when that fails. */
  mint: bigint;
}

/** A signed transaction, decoded, its sender recovered; or a deposit, which nobody signs. Amounts in wei. */
export interface Transaction {
  type: TransactionType;
  /** 32 bytes. */
  hash: Uint8Array;
  /** The signed EIP-2718 envelope (or legacy RLP), exactly as received. */
  raw: Uint8Array;
  /** 20 bytes, recovered from the signature. */
  sender: Uint8Array;
  /** Undefined for a legacy transaction without replay protection. */
  chainId: bigint | undefined;
  nonce: bigint;
  gasLimit: bigint;
  /** `gasPrice` for types 0 and 1. */
  maxFeePerGas: bigint;
  /** `gasPrice` for types 0 and 1. */
  maxPriorityFeePerGas: bigint;
  /** 20 bytes; undefined creates a contract. */
  to: Uint8Array | undefined;
  value: bigint;
  data: Uint8Array;
  accessList: AccessListEntry[];
  authorizationList: Authorization[];
  /** EIP-4844: type 3 alone. */
  blobs?: {
    /** 32 bytes each. */
    versionedHashes: Uint8Array[];
    maxFeePerBlobGas: bigint;
  };
  /** Of type 0x7e, and only there. */
  deposit?: Deposit;
  /** The signature's `v`: 0 or 1 for typed transactions, 27/28 or EIP-155 for legacy ones. */
  v: bigint;
  r: bigint;
  s: bigint;
}

/** What the sender pays above the base fee, per gas (EIP-1559); negative when it cannot pay the base fee. */
export function effectiveTip(
  tx: Pick<Transaction, "maxFeePerGas" | "maxPriorityFeePerGas">,
  baseFeePerGas: bigint,
): bigint {
  const room = tx.maxFeePerGas - baseFeePerGas;
  return tx.maxPriorityFeePerGas < room ? tx.maxPriorityFeePerGas : room;
}
