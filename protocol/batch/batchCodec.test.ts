import { brotliCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../errors.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { decodeBatch, encodeBatch, encodeBatchAsync } from "./batchCodec.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const body = fc.record({
  seconds: fc.nat(20),
  baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  gasLimit: fc.constantFrom(0n, 30_000_000n, 120_000_000n),
  coinbase: fc.oneof(fc.constant(new Uint8Array(20)), bytes(20)),
  prevRandao: fc.oneof(fc.constant(new Uint8Array(32)), bytes(32)),
  extraData: fc.uint8Array({ maxLength: 32 }),
  parentBeaconBlockRoot: fc.oneof(fc.constant(new Uint8Array(32)), bytes(32)),
  transactions: fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
});

const batch = fc
  .tuple(fc.nat(2 ** 40), fc.nat(2 ** 33), fc.array(body, { minLength: 1, maxLength: 12 }))
  .map(([first, start, bodies]): BatchBlock[] => {
    let timestamp = start;
    return bodies.map(({ seconds, ...rest }, index) => {
      timestamp += seconds;
      return { number: first + index, timestamp, ...rest };
    });
  });

function decodesOrRefuses(data: Uint8Array): BatchBlock[] | undefined {
  try {
    return decodeBatch(data);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return undefined;
  }
}

describe("batch codec", () => {
  it("gives back what it encoded", async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (blocks) => {
        const data = encodeBatch(blocks);
        expect(decodeBatch(data)).toEqual(blocks);
        expect(await encodeBatchAsync(blocks)).toEqual(data);
      }),
    );
  });

  it("refuses every truncation", () => {
    fc.assert(
      fc.property(batch, fc.double({ min: 0, max: 0.999, noNaN: true }), (blocks, part) => {
        const data = encodeBatch(blocks);
        expect(decodesOrRefuses(data.subarray(0, Math.floor(data.length * part)))).toBeUndefined();
      }),
    );
  });

  it("answers changed bytes with blocks or a DecodeError, compressed or not", () => {
    fc.assert(
      fc.property(
        batch,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.uint8Array({ maxLength: 400 }),
        (blocks, at, flip, noise) => {
          const data = encodeBatch(blocks);
          const place = at % data.length;
          data[place] = (data[place] ?? 0) ^ flip;
          decodesOrRefuses(data);
          decodesOrRefuses(noise);
          decodesOrRefuses(Buffer.concat([Uint8Array.of(1), brotliCompressSync(noise)]));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("has one layout only: what decodes encodes to the same layout again", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 60 }), (layout) => {
        const blocks = decodesOrRefuses(Buffer.concat([Uint8Array.of(1), brotliCompressSync(layout)]));
        if (blocks !== undefined) expect(decodeBatch(encodeBatch(blocks))).toEqual(blocks);
      }),
    );
  });

  it("refuses a decompression bomb and counts without data", () => {
    const bomb = Buffer.concat([Uint8Array.of(1), brotliCompressSync(new Uint8Array(33 * 1024 * 1024))]);
    expect(bomb.length).toBeLessThan(1000);
    expect(() => decodeBatch(bomb)).toThrow(DecodeError);
    const manyBlocks = Buffer.concat([
      Uint8Array.of(1),
      brotliCompressSync(Uint8Array.of(0xff, 0xff, 0x03, 1, 0, 0)),
    ]);
    expect(() => decodeBatch(manyBlocks)).toThrow(/more blocks than data/);
  });

  it("refuses an unknown version and an empty batch", () => {
    expect(() => decodeBatch(new Uint8Array(0))).toThrow(/version missing/);
    expect(() => decodeBatch(Uint8Array.of(9))).toThrow(/version 9/);
    expect(() => encodeBatch([])).toThrow(/at least one block/);
  });
});
