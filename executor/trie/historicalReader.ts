import { LRUCache } from "lru-cache";
import { bytesToHex, EMPTY_BYTES } from "../../protocol/index.ts";
import type { AccountRecord, StateReader, TrieNodeReader } from "../state/types.ts";
import { rlpToAccount, rlpToStorageValue } from "./accountRlp.ts";
import { walkTrie } from "./walkTrie.ts";

/** What reading an old state needs: old nodes by hash, code by hash. */
export interface HistoricalSource extends TrieNodeReader {
  code(codeHash: Uint8Array): Uint8Array;
}

const REMEMBERED_ACCOUNTS = 1024;

/**
 * The state of any root whose nodes are held, read through the trie: slower than the flat store, but for every block.
 * Throws MissingTrieNodeError where the root's state is not held.
 */
export function historicalReader(source: HistoricalSource, stateRoot: Uint8Array): StateReader {
  const accounts = new LRUCache<string, { record: AccountRecord | undefined }>({ max: REMEMBERED_ACCOUNTS });
  const account = (address: Uint8Array): AccountRecord | undefined => {
    const key = bytesToHex(address);
    const known = accounts.get(key);
    if (known !== undefined) return known.record;
    const rlp = walkTrie(source, stateRoot, address);
    const record = rlp === undefined ? undefined : rlpToAccount(rlp);
    accounts.set(key, { record });
    return record;
  };
  return {
    account,
    storage(address, slot) {
      const record = account(address);
      const rlp = record === undefined ? undefined : walkTrie(source, record.storageRoot, slot);
      return rlp === undefined ? EMPTY_BYTES : rlpToStorageValue(rlp).slice();
    },
    code: (codeHash) => source.code(codeHash),
  };
}
