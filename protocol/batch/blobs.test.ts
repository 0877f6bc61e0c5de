import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToBigInt } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import { BLOB_BYTES, BLOB_PAYLOAD_BYTES, blobCount, packBlobs, unpackBlobs } from "./blobs.ts";
import { Dice } from "./testing/workloads.ts";

const FIELD_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("blobs", () => {
  it("give back what they hold, in as few as hold it, at every size around their borders", () => {
    const sizes = [0, 1, 30, 31, 127, 128];
    for (const blobs of [1, 2, 6])
      for (const step of [-5, -4, -3]) sizes.push(blobs * BLOB_PAYLOAD_BYTES + step);
    for (const size of sizes) {
      const data = new Dice(size).bytes(size);
      const blobs = packBlobs(data);
      expect(blobs).toHaveLength(blobCount(size));
      expect(blobs.every(({ length }) => length === BLOB_BYTES)).toBe(true);
      expect(same(unpackBlobs(blobs), data), `${size} bytes`).toBe(true);
    }
    expect(blobCount(130_044)).toBe(1);
    expect(blobCount(130_045)).toBe(2);
    expect(blobCount(0)).toBe(1);
  });

  it("are field elements whatever the data", () => {
    const [blob = new Uint8Array(0)] = packBlobs(new Uint8Array(BLOB_PAYLOAD_BYTES - 4).fill(0xff));
    for (let at = 0; at < blob.length; at += 32) {
      expect(bytesToBigInt(blob.subarray(at, at + 32)) < FIELD_ORDER).toBe(true);
    }
  });

  it("have one form: a changed bit is other data or refused, never the same", () => {
    const data = new Dice(1).bytes(1000);
    fc.assert(
      fc.property(fc.nat(BLOB_BYTES - 1), fc.nat(7), (at, bit) => {
        const [blob = new Uint8Array(0)] = packBlobs(data);
        blob[at] = (blob[at] ?? 0) ^ (1 << bit);
        try {
          expect(same(unpackBlobs([blob]), data)).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("are refused when they are too many, too few, or no blobs", () => {
    const blobs = packBlobs(new Uint8Array(200_000).fill(1));
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = blobs;
    expect(() => unpackBlobs([])).toThrow(/there are none/);
    expect(() => unpackBlobs([first])).toThrow(/1 for a batch of 200000/);
    expect(() => unpackBlobs([first, second, new Uint8Array(BLOB_BYTES)])).toThrow(/3 for a batch/);
    expect(() => unpackBlobs([first, second.subarray(1)])).toThrow(/blob 1: 131071 bytes/);
    expect(() => unpackBlobs([second, first])).toThrow(DecodeError);
    expect(() => unpackBlobs(Array.from({ length: 100 }, () => first))).toThrow(/too many/);
  });
});
