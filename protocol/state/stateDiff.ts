/** What execution writes of an account; its storage root is the trie's business. */
export interface AccountFields {
  nonce: bigint;
  balance: bigint;
  /** 32 bytes; the hash of the empty string when there is no code. */
  codeHash: Uint8Array;
}

export interface StorageChange {
  /** 32 bytes. */
  slot: Uint8Array;
  /** Big-endian without leading zeros; empty deletes the slot. */
  value: Uint8Array;
}

export interface AccountChange {
  /** 20 bytes. */
  address: Uint8Array;
  /** The account after the block; undefined deletes it with all its storage. */
  account: AccountFields | undefined;
  /** True when storage of before the block is gone, whatever `storage` lists (created anew, destroyed). */
  storageCleared: boolean;
  /** Sorted by slot; only slots whose value changed. */
  storage: StorageChange[];
}

/** All that a block changes in the state. Applied to the parent's state it gives the block's state root. */
export interface StateDiff {
  /** Sorted by address, each address once. */
  accounts: AccountChange[];
  /** Code first deployed in this block, by its keccak-256. */
  codes: { hash: Uint8Array; code: Uint8Array }[];
}
