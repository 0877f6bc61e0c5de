import { bytesToHex, EMPTY_BYTES, type StateDiff } from "../../../protocol/index.ts";
import { type Key, keyOf } from "../../engine/keys.ts";
import type { AccountRecord, StateReader, TrieNodeReader } from "../../state/types.ts";
import { EMPTY_TRIE_ROOT } from "../../trie/accountRlp.ts";
import { hashKey, TrieCommitter } from "../../trie/commitStateDiff.ts";

const CACHED_NODES = 4096;

interface LayeredAccount {
  record: AccountRecord | undefined;
  /** Nothing of the base's storage shows. */
  cleared: boolean;
  slots: Map<Key, Uint8Array>;
}

/**
 * A stored state with blocks on top of it that are stored nowhere.
 *
 * Invariant: what it reads, storage roots included, is the state of `root`, and all trie nodes of it can be found.
 */
export class LayeredState implements StateReader {
  root: Uint8Array;
  private readonly base: StateReader;
  private readonly accounts = new Map<Key, LayeredAccount>();
  private readonly codes = new Map<Key, Uint8Array>();
  private readonly nodes = new Map<string, Uint8Array>();
  private readonly committer: TrieCommitter;

  constructor(base: StateReader, root: Uint8Array, stored: TrieNodeReader) {
    this.base = base;
    this.root = root;
    const node = (hash: Uint8Array) => this.nodes.get(hashKey(hash)) ?? stored.node(hash);
    this.committer = new TrieCommitter({ node }, { cachedNodes: CACHED_NODES });
  }

  account(address: Uint8Array): AccountRecord | undefined {
    const layered = this.accounts.get(keyOf(address));
    return layered === undefined ? this.base.account(address) : layered.record;
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    const layered = this.accounts.get(keyOf(address));
    const value = layered?.slots.get(keyOf(slot));
    if (value !== undefined) return value;
    return layered?.cleared === true ? EMPTY_BYTES : this.base.storage(address, slot);
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.codes.get(keyOf(codeHash)) ?? this.base.code(codeHash);
  }

  /** Puts a block's changes on top. */
  add(diff: StateDiff): void {
    const commit = this.committer.commit(this.root, (address) => this.account(address), diff);
    this.root = commit.stateRoot;
    for (const [hash, rlp] of commit.nodes) this.nodes.set(hash, rlp);
    for (const { hash, code } of diff.codes) this.codes.set(keyOf(hash), code);
    for (const { address, account, storageCleared, storage } of diff.accounts) {
      const layered = this.layer(keyOf(address), storageCleared || account === undefined);
      const storageRoot = commit.storageRoots.get(bytesToHex(address)) ?? EMPTY_TRIE_ROOT;
      layered.record = account === undefined ? undefined : { ...account, storageRoot };
      for (const { slot, value } of storage) layered.slots.set(keyOf(slot), value);
    }
  }

  private layer(key: Key, cleared: boolean): LayeredAccount {
    let layered = this.accounts.get(key);
    if (layered === undefined) {
      layered = { record: undefined, cleared, slots: new Map() };
      this.accounts.set(key, layered);
    } else if (cleared) {
      layered.cleared = true;
      layered.slots.clear();
    }
    return layered;
  }
}
