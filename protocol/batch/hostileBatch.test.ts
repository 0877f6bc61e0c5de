/** Batches made to take a decoder's time or memory: each is a DecodeError, soon, and without the memory. */
import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../byteWriter.ts";
import { DecodeError } from "../errors.ts";
import { decodeBatch, encodeBatch } from "./batchCodec.ts";
import { type ColumnWriters, createColumns, writeColumns } from "./columns.ts";
import { type Envelope, joinEnvelope } from "./envelope.ts";
import { BATCH_LIMITS } from "./limits.ts";
import { packBatch } from "./testing/packBatch.ts";
import { toBlocks } from "./testing/workloads.ts";

const MIB = 1024 * 1024;

/** One block of `transactions` transactions, and columns as `fill` makes them. Tables are empty unless it fills them. */
function craft(transactions: number, fill: (columns: ColumnWriters) => void): Uint8Array {
  const out = new ByteWriter();
  for (const value of [1, 0, 0, transactions, 0, 0]) out.varint(value);
  const columns = createColumns();
  fill(columns);
  writeColumns(out, columns);
  return packBatch(out.finish(), new Uint8Array(Math.ceil(transactions / 8) + 64 * transactions));
}

const TABLES = [
  "chainIds",
  "gasLimits",
  "feeCaps",
  "tips",
  "values",
  "selectors",
  "addresses",
  "storageKeys",
] as const;

/** Nothing repeats; one transaction of this kind, all of its fields zero, up to its calldata. */
function plainFields(columns: ColumnWriters, kind: number): void {
  for (const name of TABLES) columns[name].varint(0);
  columns.kinds.byte(kind);
  // A reference to no table, exponent 0, no digits.
  for (const name of ["chainIds", "gasLimits", "feeCaps", "tips", "values"] as const) {
    columns[name].bytes(Uint8Array.of(0, 0, 0));
  }
  columns.nonces.bytes(Uint8Array.of(0, 0));
  columns.recipients.varint(0);
  columns.addresses.bytes(new Uint8Array(20));
}

function refuses(data: Uint8Array, message: RegExp): void {
  const before = process.memoryUsage().rss;
  const started = process.cpuUsage();
  expect(() => decodeBatch(data)).toThrow(message);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(5);
  expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(400);
  expect(() => decodeBatch(data)).toThrow(DecodeError);
}

describe("a hostile batch", () => {
  it("is sound in this test's hands: what is crafted decodes until it is spoilt", () => {
    const data = craft(1, (columns) => plainFields(columns, 2));
    expect(decodeBatch(data)[0]?.transactions[0]?.[0]).toBe(2);
  });

  it("that decompresses without end", () => {
    const bomb = brotliCompressSync(new Uint8Array(BATCH_LIMITS.columnBytes + 1));
    const out = new ByteWriter();
    out.byte(2);
    out.prefixed(bomb);
    expect(out.length).toBeLessThan(1000);
    refuses(out.finish(), /does not decompress/);
  });

  it("with something between its parts", () => {
    const out = new ByteWriter();
    out.byte(2);
    out.prefixed(Buffer.concat([brotliCompressSync(new Uint8Array(1000)), Uint8Array.of(0)]));
    refuses(out.finish(), /something follows the compressed columns/);
  });

  it("that wants a window of a gigabyte", () => {
    const large = brotliCompressSync(new Uint8Array(1000), {
      params: { [constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [constants.BROTLI_PARAM_LGWIN]: 30 },
    });
    const out = new ByteWriter();
    out.byte(2);
    out.prefixed(large);
    refuses(out.finish(), /does not decompress/);
  });

  it("that is too long to look at", () => {
    refuses(new Uint8Array(BATCH_LIMITS.encodedBytes + 1).fill(2), /a batch of/);
  });

  it("that counts what it does not have", () => {
    const manyBlocks = new ByteWriter();
    for (const value of [BATCH_LIMITS.blocks, 1, 0, 0]) manyBlocks.varint(value);
    refuses(packBatch(manyBlocks.finish(), new Uint8Array(0)), /more blocks than data/);
    const manyTransactions = craft(BATCH_LIMITS.transactions, () => undefined);
    refuses(manyTransactions, /65536 transactions, but 0 kinds/);
    for (const name of TABLES) {
      const sized = (size: number, bytes: number) =>
        craft(0, (columns) => {
          for (const table of TABLES) columns[table].varint(table === name ? size : 0);
          columns[name].bytes(new Uint8Array(bytes));
        });
      refuses(sized(BATCH_LIMITS.tableEntries, 100), /table size: more values than data/);
      refuses(sized(3 * MIB, 12 * MIB), /table size: 3145728 is over the limit/);
    }
    const longColumn = new ByteWriter();
    for (const value of [1, 0, 0, 0, 0, 0]) longColumn.varint(value);
    for (let column = 0; column < 22; column++) longColumn.varint(Number.MAX_SAFE_INTEGER);
    refuses(packBatch(longColumn.finish(), new Uint8Array(0)), /column kinds/);
  });

  it("whose words, a byte each, stand for gigabytes", () => {
    const words = 30 * MIB;
    refuses(
      craft(1, (columns) => {
        plainFields(columns, 2 | 0x20);
        columns.selectors.bytes(Uint8Array.of(0, 1, 2, 3, 4));
        columns.dataLengths.varint(words);
        columns.wordKinds.bytes(new Uint8Array(words));
      }),
      /over the limit/,
    );
  });

  it("of many transactions that together are too large, each within its limit", () => {
    const words = 400_000;
    const count = 4;
    refuses(
      craft(count, (columns) => {
        for (const name of TABLES) columns[name].varint(0);
        for (let index = 0; index < count; index++) {
          const one = createColumns();
          plainFields(one, 2 | 0x20);
          for (const name of ["kinds", "nonces", "recipients"] as const)
            columns[name].bytes(one[name].finish());
          for (const name of TABLES) columns[name].bytes(one[name].finish().subarray(1));
          columns.selectors.bytes(Uint8Array.of(0, 1, 2, 3, 4));
          columns.dataLengths.varint(words);
          columns.wordKinds.bytes(new Uint8Array(words));
        }
      }),
      /transactions: over the limit/,
    );
  });

  it("whose storage keys, a byte each, stand for gigabytes", () => {
    const keys = 20 * MIB;
    refuses(
      craft(1, (columns) => {
        plainFields(columns, 2 | 0x10);
        columns.storageKeys = new ByteWriter();
        columns.storageKeys.varint(1);
        columns.storageKeys.bytes(new Uint8Array(32));
        columns.lists.varint(1);
        columns.lists.varint(0);
        columns.addresses.bytes(new Uint8Array(20));
        columns.lists.varint(keys);
        columns.lists.bytes(new Uint8Array(keys).fill(1));
      }),
      /over the limit/,
    );
  });

  it("whose every word is a long multiplication: as many as it may have take their time, more are refused", () => {
    const words = 500_000;
    const withWords = (count: number) =>
      craft(1, (columns) => {
        plainFields(columns, 2 | 0x20);
        columns.selectors.bytes(Uint8Array.of(0, 1, 2, 3, 4));
        columns.dataLengths.varint(count);
        for (let index = 0; index < count; index++) columns.wordKinds.bytes(Uint8Array.of(33 + 17, 24));
        columns.words.bytes(new Uint8Array(24 * count).fill(255));
      });
    const started = process.cpuUsage();
    expect(decodeBatch(withWords(words))[0]?.transactions[0]?.length).toBeGreaterThan(32 * words);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(10);
    refuses(withWords(2 * words), /over the limit/);
  });

  it("whose access list has more entries than its envelope may have bytes", () => {
    refuses(
      craft(1, (columns) => {
        const entries = 10 * MIB;
        plainFields(columns, 2 | 0x10);
        columns.addresses = new ByteWriter();
        columns.addresses.varint(1);
        columns.addresses.bytes(new Uint8Array(40));
        columns.lists.varint(entries);
        columns.lists.bytes(Uint8Array.from({ length: 2 * entries }, (_, at) => (at + 1) % 2));
      }),
      /over the limit/,
    );
  });

  it("with amounts that no word holds", () => {
    const value = (exponent: number, mantissa: Uint8Array) =>
      craft(1, (columns) => {
        plainFields(columns, 2);
        columns.values = new ByteWriter();
        columns.values.bytes(Uint8Array.of(0, 0, exponent, mantissa.length));
        columns.valueDigits.bytes(mantissa);
      });
    refuses(value(77, Uint8Array.of(2)), /over 256 bits/);
    refuses(value(255, Uint8Array.of(1)), /exponent 255/);
    refuses(value(0, Uint8Array.of(0, 1)), /leading zero/);
    refuses(value(0, new Uint8Array(33).fill(1)), /33 bytes/);
  });

  it("with a chain id that a legacy signature cannot have", () => {
    refuses(
      craft(1, (columns) => {
        plainFields(columns, 0);
        columns.tips = new ByteWriter();
        columns.tips.varint(0);
        columns.chainIds = new ByteWriter();
        columns.chainIds.bytes(Uint8Array.of(0, 0, 0, 32));
        columns.chainIds.bytes(new Uint8Array(32).fill(255));
      }),
      /too large for a legacy transaction/,
    );
  });

  it("a large access list that is honest decodes: half a million keys need no stack", () => {
    const envelope: Envelope = {
      type: 1,
      chainId: Uint8Array.of(1),
      nonce: 0,
      gasLimit: new Uint8Array(0),
      feeCap: new Uint8Array(0),
      tip: new Uint8Array(0),
      to: new Uint8Array(20),
      value: new Uint8Array(0),
      data: new Uint8Array(0),
      accessList: [
        {
          address: new Uint8Array(20),
          storageKeys: Array.from({ length: 500_000 }, () => new Uint8Array(32)),
        },
      ],
      authorizationList: [],
      yParity: 0,
      r: new Uint8Array(32).fill(1),
      s: new Uint8Array(32).fill(1),
    };
    const raw = joinEnvelope(envelope);
    const decoded = decodeBatch(encodeBatch(toBlocks([raw])))[0]?.transactions[0];
    expect(Buffer.compare(decoded ?? new Uint8Array(0), raw)).toBe(0);
  });
});
