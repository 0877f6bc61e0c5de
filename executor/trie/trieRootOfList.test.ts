import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../protocol/index.ts";
import { EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { trieRootOfList } from "./trieRootOfList.ts";

async function oracleRoot(values: Uint8Array[]): Promise<string> {
  const trie = await createMPT();
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value);
  return bytesToHex(trie.root());
}

describe("trieRootOfList", () => {
  it("agrees with @ethereumjs/mpt for lists of small and large values", async () => {
    const value = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.uint8Array({ minLength: 200, maxLength: 70_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 20 }), async (values) => {
        expect(bytesToHex(trieRootOfList(values))).toBe(await oracleRoot(values));
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2, 127, 128, 129, 255, 256, 257, 1000])("agrees for %i values", async (count) => {
    const values = Array.from({ length: count }, (_, i) => new Uint8Array(1 + (i % 90)).fill(1 + (i % 250)));
    expect(bytesToHex(trieRootOfList(values))).toBe(await oracleRoot(values));
  });

  it("is the empty trie's root for no values", () => {
    expect(trieRootOfList([])).toEqual(EMPTY_TRIE_ROOT);
  });
});
