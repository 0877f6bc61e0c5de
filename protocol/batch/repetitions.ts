/**
 * A column of values of which some repeat.
 *
 * Those that occur twice or more stand once, most used first, in a table; a reference is a varint: the place in the
 * table from 1, or 0 for a value that is written out. Values are counted before any is written.
 */
import type { ByteReader } from "../byteReader.ts";
import type { ByteWriter } from "../byteWriter.ts";
import { DecodeError } from "../errors.ts";
import { BATCH_LIMITS } from "./limits.ts";

interface Counted {
  value: Uint8Array;
  count: number;
  /** From 1; 0 outside the table. */
  place: number;
}

export class RepetitionWriter {
  private readonly seen = new Map<string, Counted>();
  private readonly writeValue: (value: Uint8Array) => void;

  constructor(writeValue: (value: Uint8Array) => void) {
    this.writeValue = writeValue;
  }

  count(value: Uint8Array): void {
    const key = toKey(value);
    const counted = this.seen.get(key);
    if (counted === undefined) this.seen.set(key, { value, count: 1, place: 0 });
    else counted.count++;
  }

  /** Between the last `count` and the first `write`. */
  writeTable(size: ByteWriter): void {
    const repeated: Counted[] = [];
    for (const counted of this.seen.values()) if (counted.count > 1) repeated.push(counted);
    repeated.sort((a, b) => b.count - a.count);
    repeated.length = Math.min(repeated.length, BATCH_LIMITS.tableEntries);
    size.varint(repeated.length);
    for (const [index, counted] of repeated.entries()) {
      counted.place = index + 1;
      this.writeValue(counted.value);
    }
  }

  write(references: ByteWriter, value: Uint8Array): void {
    const place = this.seen.get(toKey(value))?.place ?? 0;
    references.varint(place);
    if (place === 0) this.writeValue(value);
  }
}

export class RepetitionReader {
  private readonly table: Uint8Array[] = [];
  private readonly readValue: () => Uint8Array;

  /** A value takes at least `leastBytes` of `size`'s column, so that the table is no longer than its data. */
  constructor(size: ByteReader, leastBytes: number, readValue: () => Uint8Array) {
    this.readValue = readValue;
    const count = size.varint("table size", BATCH_LIMITS.tableEntries);
    if (count * leastBytes > size.remaining) throw new DecodeError("table size: more values than data");
    for (let index = 0; index < count; index++) this.table.push(readValue());
  }

  read(references: ByteReader, what: string): Uint8Array {
    const place = references.varint(what);
    if (place === 0) return this.readValue();
    const value = this.table[place - 1];
    if (value === undefined) throw new DecodeError(`${what}: place ${place} is not in the table`);
    return value;
  }
}

function toKey(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
}
