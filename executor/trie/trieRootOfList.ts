import { EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { bytesToNibbles } from "./nibbles.ts";
import { NodeEncoder } from "./nodeEncoder.ts";
import { buildTrie } from "./updateTrie.ts";

/**
 * Root of the trie that maps rlp(index) to each value: a block's transactions or receipts. One pass, nothing stored.
 */
export function trieRootOfList(values: readonly Uint8Array[]): Uint8Array {
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  const add = (index: number): void => {
    const value = values[index];
    if (value !== undefined) entries.push({ key: bytesToNibbles(indexToRlp(index)), value });
  };
  // The order of the keys: 0x01…0x7f, then 0x80 (zero), then 0x81 80… by length.
  for (let index = 1; index < Math.min(values.length, 0x80); index++) add(index);
  add(0);
  for (let index = 0x80; index < values.length; index++) add(index);
  const root = buildTrie(entries, 0);
  return root === undefined ? EMPTY_TRIE_ROOT : new NodeEncoder(() => undefined).rootHash(root);
}

function indexToRlp(index: number): Uint8Array {
  if (index === 0) return Uint8Array.of(0x80);
  if (index < 0x80) return Uint8Array.of(index);
  if (index < 0x100) return Uint8Array.of(0x81, index);
  if (index < 0x1_0000) return Uint8Array.of(0x82, index >> 8, index & 0xff);
  return Uint8Array.of(0x83, index >> 16, (index >> 8) & 0xff, index & 0xff);
}
