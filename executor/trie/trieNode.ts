import { BraidError, DecodeError } from "../../protocol/index.ts";
import { compactToNibbles } from "./nibbles.ts";

/**
 * Decoded nodes of a Merkle Patricia trie whose keys are never prefixes of one another, so that branches carry no
 * value. A node that came from the store, or has been hashed, is never changed again: an update makes a new one.
 *
 * A child is a hash (32 bytes), the whole encoding of a node shorter than 32 bytes, or a node not yet encoded.
 */
export type TrieNode = LeafNode | ExtensionNode | BranchNode;
export type NodeRef = Uint8Array;
export type Child = NodeRef | TrieNode;
/** By place: null where nothing is any more, undefined where nothing changed. */
export type ChangedChildren = (Child | null | undefined)[];

export const HASH_LENGTH = 32;

export class LeafNode {
  readonly kind = "leaf";
  /** Nibbles below the place of the node. */
  readonly path: Uint8Array;
  readonly value: Uint8Array;

  constructor(path: Uint8Array, value: Uint8Array) {
    this.path = path;
    this.value = value;
  }
}

export class ExtensionNode {
  readonly kind = "extension";
  readonly path: Uint8Array;
  child: Child;

  constructor(path: Uint8Array, child: Child) {
    this.path = path;
    this.child = child;
  }
}

/** The encoding of a branch without children: what a new branch is a change of. */
const EMPTY_BRANCH = new Uint8Array(18).fill(0x80);
EMPTY_BRANCH[0] = 0xd1;

export class BranchNode {
  readonly kind = "branch";
  /** An encoding, which holds for every place that `changed` does not name. */
  readonly base: Uint8Array;
  readonly changed: Readonly<ChangedChildren> | undefined;

  constructor(base: Uint8Array, changed?: Readonly<ChangedChildren>) {
    this.base = base;
    this.changed = changed;
  }

  /** `children`: 16 places. */
  static create(children: readonly (Child | undefined)[]): BranchNode {
    return new BranchNode(EMPTY_BRANCH, children);
  }

  child(place: number): Child | undefined {
    const changed = this.changed?.[place];
    if (changed !== undefined) return changed ?? undefined;
    let offset = firstItem(this.base);
    for (let i = 0; i < place; i++) offset = afterChild(this.base, offset);
    return childAt(this.base, offset);
  }

  /** Which places are taken, a bit each. */
  taken(): number {
    let bits = 0;
    for (let place = 0, offset = firstItem(this.base); place < 16; place++) {
      const changed = this.changed?.[place];
      if (changed === undefined ? this.base[offset] !== 0x80 : changed !== null) bits |= 1 << place;
      offset = afterChild(this.base, offset);
    }
    return bits;
  }
}

/** Offset of a list's first item. The list is well formed. */
export function firstItem(rlp: Uint8Array): number {
  const prefix = rlp[0] ?? 0;
  return prefix < 0xf8 ? 1 : prefix - 0xf6;
}

/** Offset behind the child at `offset` of a branch's encoding, which was checked when it was decoded. */
export function afterChild(rlp: Uint8Array, offset: number): number {
  const prefix = rlp[offset] ?? 0;
  if (prefix === 0x80) return offset + 1;
  return prefix === 0xa0 ? offset + 33 : offset + 1 + prefix - 0xc0;
}

function childAt(rlp: Uint8Array, offset: number): NodeRef | undefined {
  const prefix = rlp[offset];
  if (prefix === 0x80) return undefined;
  return rlp.subarray(prefix === 0xa0 ? offset + 1 : offset, afterChild(rlp, offset));
}

/** A node that the trie names is not in the store: the state of that root is not (or no longer) held here. */
export class MissingTrieNodeError extends BraidError {
  constructor(hash: string) {
    super("TRIE_NODE_MISSING", `missing trie node ${hash}`, {
      hint: "The state of this root is not held by this store.",
    });
  }
}

/** Where an RLP item's content lies; `next` is the offset behind it. One reused object: decoding allocates nothing. */
const item = { start: 0, end: 0, isList: false };

function readLength(rlp: Uint8Array, offset: number, bytes: number): number {
  let length = 0;
  for (let i = 0; i < bytes; i++) length = length * 256 + (rlp[offset + i] ?? 0);
  return length;
}

/** Reads the item at `offset` into {@link item}, returns the offset behind it. */
function readItem(rlp: Uint8Array, offset: number): number {
  const prefix = rlp[offset];
  if (prefix === undefined) throw new DecodeError("trie node ends early");
  item.isList = prefix >= 0xc0;
  if (prefix < 0x80) {
    item.start = offset;
    item.end = offset + 1;
  } else {
    const short = item.isList ? 0xc0 : 0x80;
    if (prefix < short + 56) {
      item.start = offset + 1;
      item.end = item.start + prefix - short;
    } else {
      const lengthBytes = prefix - short - 55;
      item.start = offset + 1 + lengthBytes;
      item.end = item.start + readLength(rlp, offset + 1, lengthBytes);
    }
  }
  if (item.end > rlp.length) throw new DecodeError("trie node ends early");
  return item.end;
}

function readRef(rlp: Uint8Array, offset: number): NodeRef | undefined {
  const next = readItem(rlp, offset);
  if (item.isList) return rlp.subarray(offset, next);
  if (item.start === item.end) return undefined;
  if (item.end - item.start !== HASH_LENGTH) throw new DecodeError("trie node names a child badly");
  return rlp.subarray(item.start, item.end);
}

/** Checks each place once, so that reading them later needs no checks. */
function decodeBranch(rlp: Uint8Array, first: number): BranchNode {
  let offset = first;
  for (let place = 0; place < 16; place++) {
    // The two forms that nearly every place has, read without the general parser.
    const prefix = rlp[offset];
    if (prefix === 0xa0) {
      offset += 33;
    } else if (prefix === 0x80) {
      offset += 1;
    } else {
      offset = readItem(rlp, offset);
      if (!item.isList || item.end - item.start >= HASH_LENGTH - 1) {
        throw new DecodeError("trie node names a child badly");
      }
    }
  }
  if (rlp[offset] !== 0x80 || offset + 1 !== rlp.length) throw new DecodeError("trie branch carries a value");
  return new BranchNode(rlp);
}

/** Decodes one node. The result refers to `rlp`, which must not change afterwards. */
export function decodeTrieNode(rlp: Uint8Array): TrieNode {
  const end = readItem(rlp, 0);
  if (!item.isList || end !== rlp.length) throw new DecodeError("trie node is not one list");
  const first = item.start;
  const second = readItem(rlp, first);
  if (second === end) throw new DecodeError("trie node has one item");
  const isPair = readItem(rlp, second) === end;
  if (!isPair) return decodeBranch(rlp, first);
  const valueStart = item.start;
  const valueEnd = item.end;
  readItem(rlp, first);
  const compact = rlp.subarray(item.start, item.end);
  const path = compactToNibbles(compact);
  if ((compact[0] ?? 0) >= 0x20) return new LeafNode(path, rlp.subarray(valueStart, valueEnd));
  const child = readRef(rlp, second);
  if (child === undefined) throw new DecodeError("trie extension leads nowhere");
  return new ExtensionNode(path, child);
}
