import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byteReader.ts";
import { padTo32 } from "./bytes.ts";
import { ByteWriter } from "./byteWriter.ts";
import { DecodeError, InvariantError } from "./errors.ts";

const write = (fill: (writer: ByteWriter) => void): ByteReader => {
  const writer = new ByteWriter(1);
  fill(writer);
  return new ByteReader(writer.finish());
};

describe("bytes that were written", () => {
  it("are read back, in order, to the last", () => {
    const part = fc.record({
      integer: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 100 }),
      word: fc.uint8Array({ maxLength: 32 }),
    });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const reader = write((writer) => {
          for (const { integer, bytes, word } of parts) {
            writer.varint(integer);
            writer.prefixed(bytes);
            writer.word(word);
          }
        });
        for (const { integer, bytes, word } of parts) {
          expect(reader.varint("integer")).toBe(integer);
          expect(reader.prefixed("bytes", 100)).toEqual(bytes);
          expect(reader.word("word")).toEqual(padTo32(word));
        }
        expect(reader.done).toBe(true);
        reader.end("parts");
      }),
    );
  });

  it("are copies or views, as the name says", () => {
    const source = Uint8Array.of(1, 2, 3, 4);
    const reader = new ByteReader(source);
    const copy = reader.bytes(2, "copy");
    const view = reader.view(2, "view");
    source.fill(9);
    expect([...copy, ...view]).toEqual([1, 2, 9, 9]);
  });
});

describe("what was not written so", () => {
  it("is a DecodeError that names the part", () => {
    const refused = (bytes: number[], read: (reader: ByteReader) => void) => {
      expect(() => read(new ByteReader(Uint8Array.from(bytes)))).toThrow(DecodeError);
      expect(() => read(new ByteReader(Uint8Array.from(bytes)))).toThrow(/part/);
    };
    refused([], (reader) => reader.byte("part"));
    refused([0x80], (reader) => reader.varint("part"));
    refused([0x80, 0x00], (reader) => reader.varint("part"));
    refused([5], (reader) => reader.varint("part", 4));
    refused(new Array(8).fill(0xff), (reader) => reader.varint("part"));
    refused(new Array(9).fill(0x81), (reader) => reader.varint("part"));
    refused([1, 2], (reader) => reader.bytes(3, "part"));
    refused([3, 1, 2], (reader) => reader.prefixed("part", 10));
    refused([33], (reader) => reader.word("part"));
    refused([1], (reader) => reader.end("part"));
  });

  it("is not written: integers are whole, not negative and exact", () => {
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => write((writer) => writer.varint(value))).toThrow(InvariantError);
    }
  });
});
