import {
  type AccountChange,
  bytesEqual,
  bytesToHex,
  keccak256,
  type StateDiff,
  type StorageChange,
} from "../../protocol/index.ts";
import type { AccountRecord, TrieNodeReader } from "../state/types.ts";
import { accountToRlp, EMPTY_TRIE_ROOT, storageValueToRlp } from "./accountRlp.ts";
import { ByteArena } from "./byteArena.ts";
import { bytesToNibbles } from "./nibbles.ts";
import { NodeCache } from "./nodeCache.ts";
import { NodeEncoder } from "./nodeEncoder.ts";
import {
  decodeTrieNode,
  HASH_LENGTH,
  MissingTrieNodeError,
  type NodeRef,
  type TrieNode,
} from "./trieNode.ts";
import { type TrieChange, TrieUpdater } from "./updateTrie.ts";

export interface StateCommit {
  /** 32 bytes. */
  stateRoot: Uint8Array;
  /** Storage root of each changed account that still exists, keyed by address hex (0x…). */
  storageRoots: Map<string, Uint8Array>;
  /** Every node written, hash (hex without 0x) → RLP. */
  nodes: Map<string, Uint8Array>;
}

export interface TrieCommitterOptions {
  /** Decoded branches and extensions kept between blocks; about 2 KB each. */
  cachedNodes?: number;
}

const DEFAULT_CACHED_NODES = 32_768;

/** A change with what it is sorted by. */
interface SortableChange extends TrieChange {
  /** The key's first 48 bits, which order nearly all pairs. */
  rank: number;
}

/**
 * Computes state roots block by block, over secure tries (keys hashed) that equal Ethereum's byte for byte.
 *
 * Each commit descends once over the part of the tries that the diff touches and hashes each changed node once. It
 * writes nothing: the caller stores `nodes`. Nodes are named by their content, so the decoded upper nodes kept
 * between commits are right for any root, whether it was stored, replaced or dropped.
 *
 * `nodes` must also find what earlier commits produced and the caller has not stored yet.
 */
export class TrieCommitter {
  readonly #nodes: TrieNodeReader;
  readonly #cache: NodeCache;

  constructor(nodes: TrieNodeReader, options: TrieCommitterOptions = {}) {
    this.#nodes = nodes;
    this.#cache = new NodeCache(options.cachedNodes ?? DEFAULT_CACHED_NODES);
  }

  commit(
    previousRoot: Uint8Array,
    accountsBefore: (address: Uint8Array) => AccountRecord | undefined,
    diff: StateDiff,
  ): StateCommit {
    const nodes = new Map<string, Uint8Array>();
    const storageRoots = new Map<string, Uint8Array>();
    const encoder = this.#encoder(nodes);
    const changes = diff.accounts.map((change) => {
      const { account } = change;
      if (account === undefined) return toTrieChange(change.address, undefined);
      const storageRoot = this.#storageRoot(encoder, change, accountsBefore);
      storageRoots.set(bytesToHex(change.address), storageRoot);
      const rlp = accountToRlp(account.nonce, account.balance, storageRoot, account.codeHash);
      return toTrieChange(change.address, rlp);
    });
    return { stateRoot: this.#update(encoder, previousRoot, changes), storageRoots, nodes };
  }

  #encoder(nodes: Map<string, Uint8Array>): NodeEncoder {
    const arena = new ByteArena();
    return new NodeEncoder((hash, rlp, node) => {
      const key = hashKey(hash);
      nodes.set(key, arena.copy(rlp));
      if (node.kind !== "leaf") this.#cache.set(key, node);
    });
  }

  #storageRoot(
    encoder: NodeEncoder,
    change: AccountChange,
    accountsBefore: (address: Uint8Array) => AccountRecord | undefined,
  ): Uint8Array {
    const before = change.storageCleared
      ? EMPTY_TRIE_ROOT
      : (accountsBefore(change.address)?.storageRoot ?? EMPTY_TRIE_ROOT);
    return change.storage.length === 0
      ? before
      : this.#update(encoder, before, change.storage.map(storageToTrieChange));
  }

  #update(encoder: NodeEncoder, previousRoot: Uint8Array, changes: SortableChange[]): Uint8Array {
    changes.sort(byKey);
    const before = bytesEqual(previousRoot, EMPTY_TRIE_ROOT) ? undefined : this.#resolve(previousRoot);
    const after = new TrieUpdater((reference) => this.#resolve(reference), changes).apply(before);
    if (after === before) return previousRoot;
    return after === undefined ? EMPTY_TRIE_ROOT : encoder.rootHash(after);
  }

  #resolve(reference: NodeRef): TrieNode {
    if (reference.length < HASH_LENGTH) return decodeTrieNode(reference);
    const key = hashKey(reference);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const rlp = this.#nodes.node(reference);
    if (rlp === undefined) throw new MissingTrieNodeError(key);
    const node = decodeTrieNode(rlp);
    if (node.kind !== "leaf") this.#cache.set(key, node);
    return node;
  }
}

/** One commit without anything kept for the next: see {@link TrieCommitter}. */
export function commitStateDiff(
  nodes: TrieNodeReader,
  previousRoot: Uint8Array,
  accountsBefore: (address: Uint8Array) => AccountRecord | undefined,
  diff: StateDiff,
): StateCommit {
  return new TrieCommitter(nodes).commit(previousRoot, accountsBefore, diff);
}

const hashBytes = Buffer.allocUnsafeSlow(HASH_LENGTH);

/** Hex without 0x, the key of a node in maps. */
export function hashKey(hash: Uint8Array): string {
  hashBytes.set(hash);
  return hashBytes.toString("hex");
}

function toTrieChange(key: Uint8Array, value: Uint8Array | undefined): SortableChange {
  const hash = keccak256(key);
  const rank =
    ((hash[0] ?? 0) * 0x1_00_00 + (hash[1] ?? 0) * 0x1_00 + (hash[2] ?? 0)) * 0x1_00_00_00 +
    ((hash[3] ?? 0) * 0x1_00_00 + (hash[4] ?? 0) * 0x1_00 + (hash[5] ?? 0));
  return { key: bytesToNibbles(hash), value, rank };
}

function storageToTrieChange(change: StorageChange): SortableChange {
  return toTrieChange(change.slot, change.value.length === 0 ? undefined : storageValueToRlp(change.value));
}

function byKey(a: SortableChange, b: SortableChange): number {
  return a.rank - b.rank || Buffer.compare(a.key, b.key);
}
