import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ImportError } from "./importError.ts";
import { peekHeader, readChainFile } from "./readChainFile.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "braid-chain-file-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function blocksIn(bytes: Uint8Array): Uint8Array[] {
  const file = join(folder, "chain.rlp");
  writeFileSync(file, bytes);
  return [...readChainFile(file)].map(({ raw }) => raw);
}

function block(number: number, difficulty: number, bodyBytes: number): Uint8Array {
  const header = Array.from({ length: 15 }, () => new Uint8Array(32));
  header[7] = difficulty === 0 ? new Uint8Array(0) : Uint8Array.of(difficulty);
  header[8] = number === 0 ? new Uint8Array(0) : Uint8Array.of(number);
  return RLP.encode([header, [new Uint8Array(bodyBytes)], []]);
}

describe("readChainFile", () => {
  it("gives back the blocks that were put one after the other, whatever their sizes", () => {
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(70_000), fc.constant(5_000_000)), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, (bodies) => {
        const blocks = bodies.map((bytes, number) => block(number, 0, bytes));
        const read = blocksIn(Buffer.concat(blocks));
        expect(read.map((raw) => Buffer.compare(raw, blocks[read.indexOf(raw)] ?? raw))).toEqual(
          bodies.map(() => 0),
        );
        expect(read.map((raw) => peekHeader(raw).number)).toEqual(bodies.map((_, number) => number));
      }),
      { numRuns: 30 },
    );
  });

  it("reads number and difficulty without the rest", () => {
    expect(peekHeader(block(7, 9, 1000))).toEqual({ number: 7, difficulty: 9n });
    expect(() => peekHeader(RLP.encode([[], [], []]))).toThrow("has no header");
  });

  it.each([
    ["bytes that are no list", Uint8Array.of(0x80), "holds no RLP list at byte 0"],
    ["an end inside a block", Uint8Array.of(0xc5, 0xc0), "ends inside the block at byte 0"],
    ["a block of absurd length", Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0, 0), "names a block of"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => blocksIn(bytes)).toThrow(ImportError);
    expect(() => blocksIn(bytes)).toThrow(message);
  });

  it("names a file that is not there", () => {
    expect(() => [...readChainFile(join(folder, "none.rlp"))]).toThrow("cannot read");
  });
});
