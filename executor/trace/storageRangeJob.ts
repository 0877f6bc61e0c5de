import { bytesEqual, bytesToHex } from "../../protocol/index.ts";
import type { ReadDesk, ReadState } from "../readers/types.ts";
import { EMPTY_TRIE_ROOT, rlpToStorageValue } from "../trie/accountRlp.ts";
import { bytesToNibbles } from "../trie/nibbles.ts";
import { type Child, decodeTrieNode, HASH_LENGTH, MissingTrieNodeError } from "../trie/trieNode.ts";
import type { Pace } from "./traceBudget.ts";

export interface StorageRangeParams {
  state: ReadState;
  /** 20 bytes. */
  address: Uint8Array;
  /** Hash of a slot, or its first bytes: where to begin. */
  start: Uint8Array;
  /** Slots that are wanted at most. */
  count: number;
}

/** Slots in the order of their hashes; undefined when the account has no storage. */
export interface StorageRange {
  /** Hash of the slot and its value, 32 bytes each. */
  slots: { hash: Uint8Array; value: Uint8Array }[];
  /** Hash of the slot after the last. */
  next: Uint8Array | undefined;
}

/** `debug_storageRangeAt`. */
export async function storageRangeJob(
  desk: ReadDesk,
  { state, address, start, count }: StorageRangeParams,
): Promise<StorageRange | undefined> {
  const root = desk.open(state).account(address)?.storageRoot;
  if (root === undefined || bytesEqual(root, EMPTY_TRIE_ROOT)) return undefined;
  const range: StorageRange = { slots: [], next: undefined };
  for await (const { path, value } of leaves(desk, desk.limit, root, bytesToNibbles(start), [])) {
    const hash = nibblesToBytes(path);
    if (range.slots.length === count) {
      range.next = hash;
      break;
    }
    range.slots.push({ hash, value: rlpToStorageValue(value).slice() });
  }
  return range;
}

interface Leaf {
  path: number[];
  value: Uint8Array;
}

/** The leaves below a node whose path is not before `start`, in order. */
async function* leaves(
  desk: Pick<ReadDesk, "node">,
  pacer: Pace,
  child: Child,
  start: Uint8Array,
  path: number[],
): AsyncGenerator<Leaf, void, void> {
  if (isBefore(path, start)) return;
  const turn = pacer.pace();
  if (turn !== undefined) await turn;
  const node = nodeOf(desk, child);
  if (node.kind === "branch") {
    for (let nibble = 0; nibble < 16; nibble++) {
      const below = node.child(nibble);
      if (below !== undefined) yield* leaves(desk, pacer, below, start, [...path, nibble]);
    }
    return;
  }
  const whole = [...path, ...node.path];
  if (node.kind === "extension") yield* leaves(desk, pacer, node.child, start, whole);
  else if (!isBefore(whole, start)) yield { path: whole, value: node.value };
}

function nodeOf(desk: Pick<ReadDesk, "node">, child: Child) {
  if (!(child instanceof Uint8Array)) return child;
  if (child.length < HASH_LENGTH) return decodeTrieNode(child);
  const rlp = desk.node(child);
  if (rlp === undefined) throw new MissingTrieNodeError(bytesToHex(child).slice(2));
  return decodeTrieNode(rlp);
}

/** Whether everything below `path` comes before `start`. */
function isBefore(path: readonly number[], start: Uint8Array): boolean {
  for (let i = 0; i < path.length && i < start.length; i++) {
    const difference = (path[i] ?? 0) - (start[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function nibblesToBytes(nibbles: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(nibbles.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = ((nibbles[2 * i] ?? 0) << 4) | (nibbles[2 * i + 1] ?? 0);
  }
  return bytes;
}
