import { bytesEqual, keccak256 } from "../../protocol/index.ts";
import type { TrieNodeReader } from "../state/types.ts";
import { EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { hashKey } from "./commitStateDiff.ts";
import { bytesToNibbles, sharedLength } from "./nibbles.ts";
import { type Child, decodeTrieNode, HASH_LENGTH, MissingTrieNodeError, type TrieNode } from "./trieNode.ts";

/** Sees the encoding of each node on the way that has a hash of its own, root first. */
export type OnNode = (rlp: Uint8Array) => void;

/** The value at `key` (unhashed) under a root, read node by node; undefined when the trie does not hold the key. */
export function walkTrie(
  nodes: TrieNodeReader,
  root: Uint8Array,
  key: Uint8Array,
  onNode?: OnNode,
): Uint8Array | undefined {
  if (bytesEqual(root, EMPTY_TRIE_ROOT)) return undefined;
  const path = bytesToNibbles(keccak256(key));
  let depth = 0;
  let child: Child | undefined = root;
  while (child !== undefined) {
    const node: TrieNode = readNode(nodes, child, onNode);
    if (node.kind === "branch") {
      child = node.child(path[depth] ?? 0);
      depth += 1;
      continue;
    }
    if (sharedLength(path, depth, node.path) < node.path.length) return undefined;
    if (node.kind === "leaf") return node.value;
    depth += node.path.length;
    child = node.child;
  }
  return undefined;
}

function readNode(nodes: TrieNodeReader, child: Child, onNode: OnNode | undefined): TrieNode {
  if (!(child instanceof Uint8Array)) return child;
  if (child.length < HASH_LENGTH) return decodeTrieNode(child);
  const rlp = nodes.node(child);
  if (rlp === undefined) throw new MissingTrieNodeError(hashKey(child));
  onNode?.(rlp);
  return decodeTrieNode(rlp);
}
