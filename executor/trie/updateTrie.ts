import { bytesEqual } from "../../protocol/index.ts";
import { joinNibbles, sharedLength } from "./nibbles.ts";
import {
  BranchNode,
  type ChangedChildren,
  type Child,
  ExtensionNode,
  LeafNode,
  type NodeRef,
  type TrieNode,
} from "./trieNode.ts";

/** One key of a trie and what it shall hold. */
export interface TrieChange {
  /** One nibble a byte. */
  key: Uint8Array;
  /** Undefined deletes. */
  value: Uint8Array | undefined;
}

/** Decodes the node behind a reference. */
export type ResolveNode = (reference: NodeRef) => TrieNode;

/**
 * Applies changes, sorted by key without duplicates, to a trie in one descent over the part they touch.
 *
 * The result is always in normal form: no branch with fewer than two children, no extension before an extension or
 * a leaf. So the same set of keys and values has one shape, however it came about. What did not change is returned
 * as the very object that went in, which is how the encoder knows that it needs no new hash.
 */
export class TrieUpdater {
  readonly #resolve: ResolveNode;
  readonly #changes: readonly TrieChange[];

  constructor(resolve: ResolveNode, changes: readonly TrieChange[]) {
    this.#resolve = resolve;
    this.#changes = changes;
  }

  /** The new root; undefined when nothing is left. */
  apply(root: TrieNode | undefined): TrieNode | undefined {
    return this.#changes.length === 0 ? root : this.#update(root, 0, 0, this.#changes.length);
  }

  /** The changed places of a root branch, not brought into normal form; undefined when nothing was changed. */
  applyToChildren(root: BranchNode): ChangedChildren | undefined {
    return this.#updateChildren(root, 0, 0, this.#changes.length);
  }

  #key(index: number): Uint8Array {
    return this.#changes[index]?.key ?? new Uint8Array(0);
  }

  #update(node: TrieNode | undefined, depth: number, from: number, to: number): TrieNode | undefined {
    if (node === undefined) return buildTrie(insertions(this.#changes, from, to), depth);
    if (node.kind === "branch") return this.#updateBranch(node, depth, from, to);
    if (node.kind === "extension") return this.#updateExtension(node, depth, from, to);
    return this.#updateLeaf(node, depth, from, to);
  }

  #updateLeaf(leaf: LeafNode, depth: number, from: number, to: number): TrieNode | undefined {
    if (to - from === 1) {
      const change = this.#changes[from];
      if (change?.value !== undefined && comparePath(change.key, depth, leaf.path) === 0) {
        return bytesEqual(change.value, leaf.value) ? leaf : new LeafNode(leaf.path, change.value);
      }
    }
    const entries = insertions(this.#changes, from, to);
    let place = 0;
    for (let i = from; i < to; i++) {
      const change = this.#changes[i];
      if (change === undefined) continue;
      const order = comparePath(change.key, depth, leaf.path);
      if (order === 0) {
        const same = change.value !== undefined && bytesEqual(change.value, leaf.value);
        return same && entries.length === 1 ? leaf : buildTrie(entries, depth);
      }
      if (order < 0 && change.value !== undefined) place++;
    }
    if (entries.length === 0) return leaf;
    const key = joinNibbles(this.#key(from).subarray(0, depth), leaf.path);
    entries.splice(place, 0, { key, value: leaf.value });
    return buildTrie(entries, depth);
  }

  #updateExtension(extension: ExtensionNode, depth: number, from: number, to: number): TrieNode | undefined {
    const { path, child } = extension;
    // Sorted keys: what the first and the last share with the path, all between them share too.
    const shared = Math.min(
      sharedLength(this.#key(from), depth, path),
      sharedLength(this.#key(to - 1), depth, path),
    );
    if (shared === path.length) {
      const node = this.#node(child);
      const updated = this.#update(node, depth + shared, from, to);
      return updated === node ? extension : this.#prefix(path, updated);
    }
    const children = new Array<Child | undefined>(16).fill(undefined);
    const rest = path.subarray(shared + 1);
    children[path[shared] ?? 0] = rest.length === 0 ? child : new ExtensionNode(rest, child);
    const split = BranchNode.create(children);
    const updated = this.#updateBranch(split, depth + shared, from, to);
    // Only absent keys were deleted.
    if (updated === split) return extension;
    const normal = updated?.kind === "branch" ? this.#normalBranch(updated) : updated;
    return this.#prefix(path.subarray(0, shared), normal);
  }

  #updateBranch(branch: BranchNode, depth: number, from: number, to: number): TrieNode | undefined {
    const changed = this.#updateChildren(branch, depth, from, to);
    if (changed === undefined) return branch;
    const next = new BranchNode(branch.base, changed);
    return changed.includes(null) ? this.#normalBranch(next) : next;
  }

  /** What differs from the branch's base afterwards; undefined when nothing was changed. */
  #updateChildren(branch: BranchNode, depth: number, from: number, to: number): ChangedChildren | undefined {
    let changed: ChangedChildren | undefined;
    for (let start = from; start < to; ) {
      const nibble = this.#key(start)[depth] ?? 0;
      let end = start + 1;
      while (end < to && this.#key(end)[depth] === nibble) end++;
      const child = branch.child(nibble);
      const node = child === undefined ? undefined : this.#node(child);
      const updated = this.#update(node, depth + 1, start, end);
      if (updated !== node) {
        changed ??= branch.changed?.slice() ?? new Array<undefined>(16).fill(undefined);
        changed[nibble] = updated ?? null;
      }
      start = end;
    }
    return changed;
  }

  /** A branch with one child left becomes part of that child. */
  #normalBranch(branch: BranchNode): TrieNode | undefined {
    const taken = branch.taken();
    if ((taken & (taken - 1)) !== 0) return branch;
    const only = 31 - Math.clz32(taken);
    const child = taken === 0 ? undefined : branch.child(only);
    if (child === undefined) return undefined;
    const path = Uint8Array.of(only);
    const node = this.#node(child);
    // A branch stays as it is below the new extension: its hash holds.
    return node.kind === "branch" ? new ExtensionNode(path, child) : this.#prefix(path, node);
  }

  /** Puts nibbles before a node, merged into it where it has a path itself. */
  #prefix(path: Uint8Array, node: TrieNode | undefined): TrieNode | undefined {
    if (node === undefined || path.length === 0) return node;
    if (node.kind === "leaf") return new LeafNode(joinNibbles(path, node.path), node.value);
    if (node.kind === "extension") return new ExtensionNode(joinNibbles(path, node.path), node.child);
    return new ExtensionNode(path, node);
  }

  #node(child: Child): TrieNode {
    return child instanceof Uint8Array ? this.#resolve(child) : child;
  }
}

interface Entry {
  key: Uint8Array;
  value: Uint8Array;
}

function insertions(changes: readonly TrieChange[], from: number, to: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = from; i < to; i++) {
    const change = changes[i];
    if (change?.value !== undefined) entries.push({ key: change.key, value: change.value });
  }
  return entries;
}

/** Order of `key` from `depth` on against `path`. Keys are no prefixes of one another. */
function comparePath(key: Uint8Array, depth: number, path: Uint8Array): number {
  const shared = sharedLength(key, depth, path);
  if (shared === path.length && depth + shared === key.length) return 0;
  return (key[depth + shared] ?? -1) - (path[shared] ?? -1);
}

/** The trie of sorted entries, which all share their first `depth` nibbles. */
export function buildTrie(entries: readonly Entry[], depth: number): TrieNode | undefined {
  return entries.length === 0 ? undefined : buildRange(entries, depth, 0, entries.length);
}

function buildRange(entries: readonly Entry[], depth: number, from: number, to: number): TrieNode {
  const first = entries[from];
  const last = entries[to - 1];
  if (first === undefined || last === undefined || first === last) {
    return new LeafNode(first?.key.subarray(depth) ?? new Uint8Array(0), first?.value ?? new Uint8Array(0));
  }
  const shared = sharedLength(first.key, depth, last.key.subarray(depth));
  const place = depth + shared;
  const children = new Array<Child | undefined>(16).fill(undefined);
  for (let start = from; start < to; ) {
    const nibble = entries[start]?.key[place] ?? 0;
    let end = start + 1;
    while (end < to && entries[end]?.key[place] === nibble) end++;
    children[nibble] = buildRange(entries, place + 1, start, end);
    start = end;
  }
  const branch = BranchNode.create(children);
  return shared === 0 ? branch : new ExtensionNode(first.key.subarray(depth, place), branch);
}
