import { InvariantError, keccak256 } from "../../protocol/index.ts";
import { type Child, HASH_LENGTH, type NodeRef, type TrieNode } from "./trieNode.ts";

/** What to do with each node that has a hash of its own; `rlp` is only lent for the call. */
export type NodeSink = (hash: Uint8Array, rlp: Uint8Array, node: TrieNode) => void;

/**
 * Encodes a changed trie bottom-up. Every node not yet encoded is encoded and hashed exactly once, then replaced in
 * its parent by its reference. All nodes are written into one reused buffer.
 */
export class NodeEncoder {
  readonly #sink: NodeSink;
  #buffer = Buffer.allocUnsafeSlow(4096);

  constructor(sink: NodeSink) {
    this.#sink = sink;
  }

  /** The root is hashed whatever its length. */
  rootHash(root: TrieNode): Uint8Array {
    const length = this.#encode(root);
    return this.#hash(root, length);
  }

  #reference(child: Child): NodeRef {
    if (child instanceof Uint8Array) return child;
    const length = this.#encode(child);
    return length < HASH_LENGTH
      ? Uint8Array.prototype.slice.call(this.#buffer, 0, length)
      : this.#hash(child, length);
  }

  #hash(node: TrieNode, length: number): Uint8Array {
    const rlp = this.#buffer.subarray(0, length);
    const hash = keccak256(rlp);
    this.#sink(hash, rlp, node);
    return hash;
  }

  /** Writes the node at the start of the buffer and returns its length. */
  #encode(node: TrieNode): number {
    if (node.kind === "branch") return this.#encodeBranch(node.children);
    if (node.kind === "extension") {
      const child = this.#reference(node.child);
      node.child = child;
      return this.#encodePair(node.path, false, child, child.length === HASH_LENGTH);
    }
    return this.#encodePair(node.path, true, node.value, true);
  }

  #encodeBranch(children: (Child | undefined)[]): number {
    let payload = 1;
    for (let i = 0; i < 16; i++) {
      const child = children[i];
      if (child === undefined) {
        payload += 1;
        continue;
      }
      const reference = this.#reference(child);
      children[i] = reference;
      payload += reference.length === HASH_LENGTH ? 33 : reference.length;
    }
    const buffer = this.#buffer;
    let at = writeHeader(buffer, 0, 0xc0, payload);
    for (let i = 0; i < 16; i++) {
      const child = children[i];
      if (child === undefined) {
        buffer[at++] = 0x80;
        continue;
      }
      if (!(child instanceof Uint8Array)) throw new InvariantError("a trie branch holds an unencoded child");
      if (child.length === HASH_LENGTH) buffer[at++] = 0xa0;
      buffer.set(child, at);
      at += child.length;
    }
    buffer[at++] = 0x80;
    return at;
  }

  #encodePair(path: Uint8Array, isLeaf: boolean, second: Uint8Array, asString: boolean): number {
    const pathBytes = (path.length >> 1) + 1;
    const pathLength = pathBytes === 1 ? 1 : pathBytes + 1;
    const secondLength = asString ? stringLength(second) : second.length;
    const payload = pathLength + secondLength;
    if (payload + 9 > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(2 * (payload + 9));
    const buffer = this.#buffer;
    let at = writeHeader(buffer, 0, 0xc0, payload);
    if (pathBytes > 1) buffer[at++] = 0x80 + pathBytes;
    at = writeCompact(buffer, at, path, isLeaf);
    if (asString) return writeString(buffer, at, second);
    buffer.set(second, at);
    return at + second.length;
  }
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
