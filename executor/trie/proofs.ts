import type { AccountRecord, TrieNodeReader } from "../state/types.ts";
import { rlpToAccount, rlpToStorageValue } from "./accountRlp.ts";
import { walkTrie } from "./walkTrie.ts";

/** An EIP-1186 account proof; a proof of absence when `account` is undefined. */
export interface AccountProof {
  account: AccountRecord | undefined;
  /** Node encodings from the root on; nodes inside others are not listed apart, as in geth. */
  nodes: Uint8Array[];
}

export interface StorageProof {
  /** Big-endian without leading zeros; empty when unset. */
  value: Uint8Array;
  /** Empty for an account without storage. */
  nodes: Uint8Array[];
}

export function proveAccount(
  reader: TrieNodeReader,
  stateRoot: Uint8Array,
  address: Uint8Array,
): AccountProof {
  const nodes: Uint8Array[] = [];
  const rlp = walkTrie(reader, stateRoot, address, (node) => nodes.push(node));
  return { account: rlp === undefined ? undefined : rlpToAccount(rlp), nodes };
}

export function proveStorage(
  reader: TrieNodeReader,
  storageRoot: Uint8Array,
  slot: Uint8Array,
): StorageProof {
  const nodes: Uint8Array[] = [];
  const rlp = walkTrie(reader, storageRoot, slot, (node) => nodes.push(node));
  return { value: rlp === undefined ? new Uint8Array(0) : rlpToStorageValue(rlp), nodes };
}
