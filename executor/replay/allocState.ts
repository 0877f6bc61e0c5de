import { EMPTY_BYTES, InvariantError } from "../../protocol/index.ts";
import { type Key, keyOf } from "../engine/keys.ts";
import type { AccountRecord, StateReader, TrieNodeReader } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { type AllocAccount, allocToDiff } from "./alloc.ts";

const CACHED_NODES = 64;

/** A small state in memory with its trie. Unlike a store it keeps accounts that are empty: tests begin with such. */
export class AllocState implements StateReader, TrieNodeReader {
  /** 32 bytes. */
  readonly stateRoot: Uint8Array;
  readonly committer: TrieCommitter;
  private readonly accounts = new Map<Key, AccountRecord>();
  private readonly slots = new Map<Key, Uint8Array>();
  private readonly codes = new Map<Key, Uint8Array>();
  private readonly nodes = new Map<string, Uint8Array>();

  constructor(alloc: readonly AllocAccount[]) {
    this.committer = new TrieCommitter(this, { cachedNodes: CACHED_NODES });
    const diff = allocToDiff(alloc);
    const { stateRoot, nodes, storageRoots } = this.committer.commit(EMPTY_TRIE_ROOT, () => undefined, diff);
    this.stateRoot = stateRoot;
    this.nodes = nodes;
    for (const { hash, code } of diff.codes) this.codes.set(keyOf(hash), code);
    for (const { address, account, storage } of diff.accounts) {
      if (account === undefined) continue;
      const key = keyOf(address);
      const storageRoot = storageRoots.get(`0x${Buffer.from(address).toString("hex")}`) ?? EMPTY_TRIE_ROOT;
      this.accounts.set(key, { ...account, storageRoot });
      for (const { slot, value } of storage) this.slots.set(key + keyOf(slot), value);
    }
  }

  account(address: Uint8Array): AccountRecord | undefined {
    return this.accounts.get(keyOf(address));
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    return this.slots.get(keyOf(address) + keyOf(slot)) ?? EMPTY_BYTES;
  }

  code(codeHash: Uint8Array): Uint8Array {
    const key = keyOf(codeHash);
    if (key === keyOf(EMPTY_CODE_HASH)) return EMPTY_BYTES;
    const code = this.codes.get(key);
    if (code === undefined) throw new InvariantError("a state in memory lacks a code");
    return code;
  }

  node(hash: Uint8Array): Uint8Array | undefined {
    return this.nodes.get(Buffer.from(hash).toString("hex"));
  }
}
