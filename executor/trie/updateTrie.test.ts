import { createMPT } from "@ethereumjs/mpt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../protocol/index.ts";
import { EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { hashKey } from "./commitStateDiff.ts";
import { bytesToNibbles } from "./nibbles.ts";
import { NodeEncoder } from "./nodeEncoder.ts";
import { decodeTrieNode, type NodeRef, type TrieNode } from "./trieNode.ts";
import { type TrieChange, TrieUpdater } from "./updateTrie.ts";

/** Keys from few bytes, so that long shared prefixes, and values so short that nodes lie inside nodes, are common. */
const keys = fc
  .tuple(
    fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xf0),
    fc.constantFrom(0x00, 0x01, 0x10),
    fc.constantFrom(0x00, 0x02, 0x20),
  )
  .map((bytes) => Uint8Array.from(bytes));
const changes = fc.uniqueArray(
  fc.record({
    key: keys,
    value: fc.option(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc.uint8Array({ minLength: 30, maxLength: 300 }),
      ),
      { nil: undefined, freq: 2 },
    ),
  }),
  { maxLength: 12, selector: ({ key }) => bytesToHex(key) },
);

describe("TrieUpdater", () => {
  it("agrees with @ethereumjs/mpt for crowded unhashed keys", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 8 }), async (rounds) => {
        const oracle = await createMPT();
        const store = new Map<string, Uint8Array>();
        const resolve = (reference: NodeRef): TrieNode =>
          decodeTrieNode(
            reference.length < 32 ? reference : (store.get(hashKey(reference)) ?? new Uint8Array(0)),
          );
        let root = EMPTY_TRIE_ROOT;
        for (const round of rounds) {
          for (const { key, value } of round) await oracle.put(key, value ?? new Uint8Array(0));
          const sorted: TrieChange[] = round
            .map(({ key, value }) => ({ key: bytesToNibbles(key), value }))
            .sort((a, b) => Buffer.compare(a.key, b.key));
          const before = root === EMPTY_TRIE_ROOT ? undefined : resolve(root);
          const after = new TrieUpdater(resolve, sorted).apply(before);
          const encoder = new NodeEncoder((hash, rlp) => store.set(hashKey(hash), new Uint8Array(rlp)));
          if (after === undefined) root = EMPTY_TRIE_ROOT;
          else if (after !== before) root = encoder.rootHash(after);
          expect(bytesToHex(root)).toBe(bytesToHex(oracle.root()));
        }
      }),
      { numRuns: 400 },
    );
  });
});
