import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../../protocol/index.ts";
import { BranchNode, decodeTrieNode } from "./trieNode.ts";

const hash = new Uint8Array(32).fill(9);
const places = fc.array(
  fc.constantFrom<Uint8Array | Uint8Array[]>(new Uint8Array(0), hash, [
    Uint8Array.of(0x20),
    Uint8Array.of(1),
  ]),
  { minLength: 16, maxLength: 16 },
);

function branchOf(rlp: Uint8Array): BranchNode {
  const node = decodeTrieNode(rlp);
  return node instanceof BranchNode ? node : expect.unreachable("a branch");
}

describe("decodeTrieNode", () => {
  it("reads the children of a branch as RLP has them", () => {
    fc.assert(
      fc.property(places, (children) => {
        const branch = branchOf(RLP.encode([...children, new Uint8Array(0)]));
        let taken = 0;
        for (const [place, child] of children.entries()) {
          const embedded = Array.isArray(child);
          if (embedded || child.length > 0) taken |= 1 << place;
          const expected = embedded ? RLP.encode(child) : child.length === 0 ? undefined : child;
          expect(branch.child(place)).toEqual(expected);
        }
        expect(branch.taken()).toBe(taken);
      }),
    );
  });

  it("refuses what is no node", () => {
    const empty = new Uint8Array(0);
    const with17 = (child: Uint8Array | Uint8Array[], value: Uint8Array) =>
      RLP.encode([child, ...new Array<Uint8Array>(15).fill(hash), value]);
    const refused = [
      empty,
      RLP.encode(hash),
      RLP.encode([hash]),
      RLP.encode([hash, hash, hash]),
      RLP.encode(new Array<Uint8Array>(18).fill(empty)),
      with17(hash, Uint8Array.of(1)),
      with17(hash.subarray(1), empty),
      with17(Uint8Array.of(5), empty),
      with17([hash], empty),
      with17(hash, empty).subarray(0, 500),
      Uint8Array.of(...with17(hash, empty), 0x80),
    ];
    for (const rlp of refused) expect(() => decodeTrieNode(rlp)).toThrow(DecodeError);
  });
});
