import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../protocol/index.ts";
import { NodeCache } from "./nodeCache.ts";

/** Few hashes, so that they meet in a slot; some differ in their last byte only. */
const hashes = fc.tuple(fc.nat(5), fc.nat(2), fc.nat(2)).map(([first, third, last]) => {
  const hash = new Uint8Array(32);
  hash[0] = first;
  hash[2] = third;
  hash[31] = last;
  return hash;
});
const nodes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.uint8Array({ minLength: 530, maxLength: 560 }),
);

describe("NodeCache", () => {
  it("answers what was put under the hash, or nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 3, 64), fc.array(fc.tuple(hashes, nodes)), (size, puts) => {
        const cache = new NodeCache(size);
        const all = new Map<string, Uint8Array>();
        for (const [hash, rlp] of puts) {
          cache.set(hash, rlp);
          if (rlp.length > 544) continue;
          all.set(bytesToHex(hash), rlp);
          expect(cache.get(hash)).toEqual(rlp);
        }
        for (const [hash] of puts) {
          const found = cache.get(hash);
          if (found !== undefined) expect(found).toEqual(all.get(bytesToHex(hash)));
        }
      }),
    );
  });

  it("keeps as many nodes as it has slots", () => {
    const cache = new NodeCache(256);
    const hash = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? first : 7));
    for (let first = 0; first < 256; first++) cache.set(hash(first), Uint8Array.of(first, 1));
    for (let first = 0; first < 256; first++) expect(cache.get(hash(first))).toEqual(Uint8Array.of(first, 1));
  });
});
