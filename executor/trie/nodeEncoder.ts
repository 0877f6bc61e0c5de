import { InvariantError, keccak256 } from "../../protocol/index.ts";
import { ByteArena } from "./byteArena.ts";
import {
  afterChild,
  type BranchNode,
  type Child,
  firstItem,
  HASH_LENGTH,
  type NodeRef,
  type TrieNode,
} from "./trieNode.ts";

/** Takes each node that has a hash of its own. `rlp` stays as it is. */
export type NodeSink = (hash: Uint8Array, rlp: Uint8Array) => void;

/**
 * Encodes a changed trie bottom-up; every node not yet encoded is encoded and hashed exactly once. A branch copies
 * what has not changed from its former encoding in runs, so that one changed child costs one patched hash.
 */
export class NodeEncoder {
  readonly #sink: NodeSink;
  readonly #arena = new ByteArena();

  constructor(sink: NodeSink) {
    this.#sink = sink;
  }

  /** The root is hashed whatever its length. */
  rootHash(root: TrieNode): Uint8Array {
    return this.#hash(this.#encode(root));
  }

  /** What the parent holds of a child: its hash, or its encoding where that is shorter. */
  reference(child: Child): NodeRef {
    if (child instanceof Uint8Array) return child;
    const rlp = this.#encode(child);
    return rlp.length < HASH_LENGTH ? rlp : this.#hash(rlp);
  }

  #hash(rlp: Uint8Array): Uint8Array {
    const hash = keccak256(rlp);
    this.#sink(hash, rlp);
    return hash;
  }

  #encode(node: TrieNode): Uint8Array {
    if (node.kind === "branch") return this.#encodeBranch(node);
    if (node.kind === "leaf") return this.#encodePair(node.path, true, node.value, true);
    const child = this.reference(node.child);
    return this.#encodePair(node.path, false, child, child.length === HASH_LENGTH);
  }

  #encodeBranch({ base, changed }: BranchNode): Uint8Array {
    if (changed === undefined) return this.#arena.copy(base);
    const references: (NodeRef | null | undefined)[] = [];
    const first = firstItem(base);
    let payload = base.length - first;
    for (let place = 0, offset = first; place < 16; place++) {
      const child = changed[place];
      const after = afterChild(base, offset);
      const reference = child === undefined || child === null ? child : this.reference(child);
      if (reference !== undefined) payload += childLength(reference) - (after - offset);
      references.push(reference);
      offset = after;
    }
    const rlp = this.#arena.take(headerLength(payload) + payload);
    const start = writeHeader(rlp, 0, 0xc0, payload);
    writeChildren(rlp, start, base, first, references);
    return rlp;
  }

  #encodePair(path: Uint8Array, isLeaf: boolean, second: Uint8Array, asString: boolean): Uint8Array {
    const pathBytes = (path.length >> 1) + 1;
    const pathLength = pathBytes === 1 ? 1 : pathBytes + 1;
    const payload = pathLength + (asString ? stringLength(second) : second.length);
    const rlp = this.#arena.take(headerLength(payload) + payload);
    let at = writeHeader(rlp, 0, 0xc0, payload);
    if (pathBytes > 1) rlp[at++] = 0x80 + pathBytes;
    at = writeCompact(rlp, at, path, isLeaf);
    if (asString) at = writeString(rlp, at, second);
    else {
      rlp.set(second, at);
      at += second.length;
    }
    if (at !== rlp.length) throw new InvariantError("a trie node's length was foreseen wrongly");
    return rlp;
  }
}

/** Length of a branch's place. */
function childLength(reference: NodeRef | null): number {
  if (reference === null) return 1;
  return reference.length === HASH_LENGTH ? HASH_LENGTH + 1 : reference.length;
}

/** Writes the 16 places and the empty value: what `references` leaves undefined comes from `base`, in runs. */
function writeChildren(
  target: Uint8Array,
  start: number,
  base: Uint8Array,
  first: number,
  references: readonly (NodeRef | null | undefined)[],
): void {
  let at = start;
  let copied = first;
  for (let place = 0, offset = first; place < 16; place++) {
    const reference = references[place];
    const after = afterChild(base, offset);
    if (reference !== undefined) {
      at = copyRun(target, at, base, copied, offset);
      copied = after;
      if (reference === null) target[at++] = 0x80;
      else {
        if (reference.length === HASH_LENGTH) target[at++] = 0xa0;
        target.set(reference, at);
        at += reference.length;
      }
    }
    offset = after;
  }
  at = copyRun(target, at, base, copied, base.length);
  if (at !== target.length) throw new InvariantError("a trie branch's length was foreseen wrongly");
}

function copyRun(target: Uint8Array, at: number, base: Uint8Array, from: number, to: number): number {
  // Short runs, between neighbours, are cheaper byte by byte than through a view.
  if (to - from > 16) target.set(base.subarray(from, to), at);
  else for (let i = from; i < to; i++) target[at + i - from] = base[i] ?? 0;
  return at + to - from;
}

function writeCompact(target: Uint8Array, start: number, path: Uint8Array, isLeaf: boolean): number {
  let at = start;
  let i = path.length & 1;
  target[at++] = (isLeaf ? 0x20 : 0) + (i === 1 ? 0x10 + (path[0] ?? 0) : 0);
  for (; i < path.length; i += 2) target[at++] = ((path[i] ?? 0) << 4) | (path[i + 1] ?? 0);
  return at;
}

/** Length of the RLP string of `bytes`. */
export function stringLength(bytes: Uint8Array): number {
  const length = bytes.length;
  if (length === 1 && (bytes[0] ?? 0) < 0x80) return 1;
  return headerLength(length) + length;
}

function headerLength(length: number): number {
  if (length < 56) return 1;
  if (length < 0x100) return 2;
  if (length < 0x1_0000) return 3;
  return length < 0x100_0000 ? 4 : 5;
}

/** Writes an RLP header: `base` 0x80 for strings, 0xc0 for lists. Returns the offset behind it. */
export function writeHeader(target: Uint8Array, start: number, base: number, length: number): number {
  let at = start;
  if (length < 56) {
    target[at++] = base + length;
    return at;
  }
  const lengthBytes = headerLength(length) - 1;
  target[at++] = base + 55 + lengthBytes;
  for (let shift = (lengthBytes - 1) * 8; shift >= 0; shift -= 8) target[at++] = (length >>> shift) & 0xff;
  return at;
}

export function writeString(target: Uint8Array, start: number, bytes: Uint8Array): number {
  let at = start;
  if (bytes.length !== 1 || (bytes[0] ?? 0) >= 0x80) at = writeHeader(target, at, 0x80, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}
