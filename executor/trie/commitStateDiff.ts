import {
  type AccountChange,
  bytesEqual,
  bytesToHex,
  InvariantError,
  keccak256,
  type StateDiff,
  type StorageChange,
} from "../../protocol/index.ts";
import type { AccountRecord, TrieNodeReader } from "../state/types.ts";
import { accountToRlp, EMPTY_TRIE_ROOT, storageValueToRlp } from "./accountRlp.ts";
import { bytesToNibbles } from "./nibbles.ts";
import { NodeCache } from "./nodeCache.ts";
import { NodeEncoder } from "./nodeEncoder.ts";
import {
  BranchNode,
  decodeTrieNode,
  HASH_LENGTH,
  MissingTrieNodeError,
  type NodeRef,
  type TrieNode,
} from "./trieNode.ts";
import { type TrieChange, TrieUpdater } from "./updateTrie.ts";

export type AccountsBefore = (address: Uint8Array) => AccountRecord | undefined;

/** What a root branch shall hold at a place: null for nothing, undefined for what it holds now. */
export type SubtreeReference = NodeRef | null | undefined;

/** The part of a {@link StateCommit} below the root branch, of some accounts. */
export interface SubtreeCommit {
  /** By first nibble; may be shorter than 16. */
  subtrees: SubtreeReference[];
  /** Storage root of each account that still exists, in the order of the accounts. */
  storageRoots: Uint8Array[];
  written: WrittenNode[];
}

export interface WrittenNode {
  /** 32 bytes. */
  hash: Uint8Array;
  rlp: Uint8Array;
}

export interface StateCommit {
  /** 32 bytes. */
  stateRoot: Uint8Array;
  /** Storage root of each changed account that still exists, keyed by address hex (0x…). */
  storageRoots: Map<string, Uint8Array>;
  /** Every node written, hash (hex without 0x) → RLP. */
  nodes: Map<string, Uint8Array>;
}

export interface TrieCommitterOptions {
  /** Nodes kept between blocks; 578 bytes each. */
  cachedNodes?: number;
}

const DEFAULT_CACHED_NODES = 65_536;

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

  commit(previousRoot: Uint8Array, accountsBefore: AccountsBefore, diff: StateDiff): StateCommit {
    const { accounts } = diff;
    const written: WrittenNode[] = [];
    const encoder = encoderInto(written);
    const storageRoots = this.#storageRoots(encoder, accountsBefore, accounts);
    const stateRoot = this.#update(encoder, previousRoot, accountChanges(accounts, storageRoots));
    this.remember(written);
    const commit = { stateRoot, storageRoots: new Map<string, Uint8Array>(), nodes: new Map() };
    addStorageRoots(commit.storageRoots, accounts, storageRoots);
    addNodes(commit.nodes, written);
    return commit;
  }

  /**
   * The part of a commit that lies below the root branch, for a share of the accounts: whole subtrees, so no other
   * share may hold an account of the same first nibble. Undefined when the root is no branch.
   */
  commitSubtrees(
    previousRoot: Uint8Array,
    accountsBefore: AccountsBefore,
    accounts: readonly AccountChange[],
  ): SubtreeCommit | undefined {
    const root = this.#root(previousRoot);
    if (root?.kind !== "branch") return undefined;
    const written: WrittenNode[] = [];
    const encoder = encoderInto(written);
    const storageRoots = this.#storageRoots(encoder, accountsBefore, accounts);
    const changes = accountChanges(accounts, storageRoots).sort(byKey);
    const changed = new TrieUpdater((reference) => this.#resolve(reference), changes).applyToChildren(root);
    const subtrees = changed?.map((child) => {
      return child === undefined || child === null ? child : encoder.reference(child);
    });
    this.remember(written);
    return { subtrees: subtrees ?? [], storageRoots, written };
  }

  /** The root over the subtrees of all shares. Undefined when it does not stay a branch. */
  joinSubtrees(
    previousRoot: Uint8Array,
    subtrees: readonly SubtreeReference[],
  ): { stateRoot: Uint8Array; written: WrittenNode[] } | undefined {
    const root = this.#root(previousRoot);
    if (root?.kind !== "branch") return undefined;
    const written: WrittenNode[] = [];
    if (subtrees.every((reference) => reference === undefined)) return { stateRoot: previousRoot, written };
    const joined = new BranchNode(root.base, subtrees);
    const taken = joined.taken();
    if ((taken & (taken - 1)) === 0) return undefined;
    const stateRoot = encoderInto(written).rootHash(joined);
    this.remember(written);
    return { stateRoot, written };
  }

  /** Keeps nodes for later commits. Not while nodes are worked on: decoded ones are views of the cache. */
  remember(written: readonly WrittenNode[]): void {
    for (const { hash, rlp } of written) this.#cache.set(hash, rlp);
  }

  /** Writes the storage tries; the root of each account that still exists, in order. */
  #storageRoots(
    encoder: NodeEncoder,
    accountsBefore: AccountsBefore,
    accounts: readonly AccountChange[],
  ): Uint8Array[] {
    const roots: Uint8Array[] = [];
    for (const change of accounts) {
      if (change.account !== undefined) roots.push(this.#storageRoot(encoder, change, accountsBefore));
    }
    return roots;
  }

  #storageRoot(encoder: NodeEncoder, change: AccountChange, accountsBefore: AccountsBefore): Uint8Array {
    const before = change.storageCleared
      ? EMPTY_TRIE_ROOT
      : (accountsBefore(change.address)?.storageRoot ?? EMPTY_TRIE_ROOT);
    return change.storage.length === 0
      ? before
      : this.#update(encoder, before, change.storage.map(storageToTrieChange));
  }

  #update(encoder: NodeEncoder, previousRoot: Uint8Array, changes: SortableChange[]): Uint8Array {
    changes.sort(byKey);
    const before = this.#root(previousRoot);
    const after = new TrieUpdater((reference) => this.#resolve(reference), changes).apply(before);
    if (after === before) return previousRoot;
    return after === undefined ? EMPTY_TRIE_ROOT : encoder.rootHash(after);
  }

  #root(root: Uint8Array): TrieNode | undefined {
    return bytesEqual(root, EMPTY_TRIE_ROOT) ? undefined : this.#resolve(root);
  }

  #resolve(reference: NodeRef): TrieNode {
    if (reference.length < HASH_LENGTH) return decodeTrieNode(reference);
    const rlp = this.#cache.get(reference) ?? this.#nodes.node(reference);
    if (rlp === undefined) throw new MissingTrieNodeError(hashKey(reference));
    return decodeTrieNode(rlp);
  }
}

/** One commit without anything kept for the next: see {@link TrieCommitter}. */
export function commitStateDiff(
  nodes: TrieNodeReader,
  previousRoot: Uint8Array,
  accountsBefore: AccountsBefore,
  diff: StateDiff,
): StateCommit {
  return new TrieCommitter(nodes, { cachedNodes: 1 }).commit(previousRoot, accountsBefore, diff);
}

const hashBytes = Buffer.allocUnsafeSlow(HASH_LENGTH);

/** Hex without 0x, the key of a node in maps. */
export function hashKey(hash: Uint8Array): string {
  hashBytes.set(hash);
  return hashBytes.toString("hex");
}

/** Adds to the nodes of a {@link StateCommit}. */
export function addNodes(nodes: Map<string, Uint8Array>, written: readonly WrittenNode[]): void {
  for (const { hash, rlp } of written) nodes.set(hashKey(hash), rlp);
}

/** Adds to the storage roots of a {@link StateCommit}; `roots` has one of each account that still exists. */
export function addStorageRoots(
  storageRoots: Map<string, Uint8Array>,
  accounts: readonly AccountChange[],
  roots: readonly Uint8Array[],
): void {
  let next = 0;
  for (const { address, account } of accounts) {
    if (account === undefined) continue;
    const root = roots[next++];
    if (root === undefined) throw new InvariantError("a changed account has no storage root");
    storageRoots.set(bytesToHex(address), root);
  }
}

function encoderInto(written: WrittenNode[]): NodeEncoder {
  return new NodeEncoder((hash, rlp) => written.push({ hash, rlp }));
}

function accountChanges(accounts: readonly AccountChange[], storageRoots: Uint8Array[]): SortableChange[] {
  let next = 0;
  return accounts.map(({ address, account }) => {
    if (account === undefined) return toTrieChange(address, undefined);
    const storageRoot = storageRoots[next++];
    if (storageRoot === undefined) throw new InvariantError("a changed account has no storage root");
    return toTrieChange(address, accountToRlp(account.nonce, account.balance, storageRoot, account.codeHash));
  });
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
