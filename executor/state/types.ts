import type { StateHead } from "../types.ts";

/** An account as the flat store holds it. */
export interface AccountRecord {
  nonce: bigint;
  balance: bigint;
  /** 32 bytes. */
  codeHash: Uint8Array;
  /** 32 bytes: root of the account's storage trie. */
  storageRoot: Uint8Array;
}

/** A consistent view of one state. All reads are synchronous: execution never waits. */
export interface StateReader {
  /** `address`: 20 bytes. Undefined when the account does not exist. */
  account(address: Uint8Array): AccountRecord | undefined;
  /** `slot`: 32 bytes. Big-endian value without leading zeros; empty when unset. */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array;
  /** Code by its keccak-256; empty for the empty hash. */
  code(codeHash: Uint8Array): Uint8Array;
}

/** A reader pinned to one head until it is closed. */
export interface StateSnapshot extends StateReader {
  readonly head: StateHead;
  close(): void;
}

/** Where the trie committer reads nodes: 32-byte hash → RLP. */
export interface TrieNodeReader {
  node(hash: Uint8Array): Uint8Array | undefined;
}
