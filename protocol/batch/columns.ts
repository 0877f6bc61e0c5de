/**
 * The columns of a batch's transactions: like stands by like, so that it compresses.
 *
 * Written as the lengths of all columns (varints, in this order), then the columns end to end. Each is read from front
 * to back while the transactions are rebuilt one after another, and has to be used up by the last of them.
 */
import { ByteReader } from "../byteReader.ts";
import { ByteWriter } from "../byteWriter.ts";

/** The order is the format's. */
export const COLUMN_NAMES = [
  "kinds",
  "chainIds",
  "nonces",
  "gasLimits",
  "feeCaps",
  "feeCapDigits",
  "tips",
  "tipDigits",
  "recipients",
  "values",
  "valueDigits",
  "selectors",
  "wordKinds",
  "wordAddresses",
  "words",
  "dataLengths",
  "data",
  "lists",
  "storageKeys",
  "addresses",
  "rawLengths",
  "raw",
] as const;

type ColumnName = (typeof COLUMN_NAMES)[number];
export type ColumnWriters = Record<ColumnName, ByteWriter>;
export type ColumnReaders = Record<ColumnName, ByteReader>;

function eachColumn<T>(make: (name: ColumnName) => T): Record<ColumnName, T> {
  return {
    kinds: make("kinds"),
    chainIds: make("chainIds"),
    nonces: make("nonces"),
    gasLimits: make("gasLimits"),
    feeCaps: make("feeCaps"),
    feeCapDigits: make("feeCapDigits"),
    tips: make("tips"),
    tipDigits: make("tipDigits"),
    recipients: make("recipients"),
    values: make("values"),
    valueDigits: make("valueDigits"),
    selectors: make("selectors"),
    wordKinds: make("wordKinds"),
    wordAddresses: make("wordAddresses"),
    words: make("words"),
    dataLengths: make("dataLengths"),
    data: make("data"),
    lists: make("lists"),
    storageKeys: make("storageKeys"),
    addresses: make("addresses"),
    rawLengths: make("rawLengths"),
    raw: make("raw"),
  };
}

export function createColumns(): ColumnWriters {
  return eachColumn(() => new ByteWriter());
}

export function writeColumns(out: ByteWriter, columns: ColumnWriters): void {
  for (const name of COLUMN_NAMES) out.varint(columns[name].length);
  for (const name of COLUMN_NAMES) out.bytes(columns[name].finish());
}

/** Views of `from`, which has to outlive them. */
export function readColumns(from: ByteReader): ColumnReaders {
  const lengths = new Map<ColumnName, number>();
  for (const name of COLUMN_NAMES) lengths.set(name, from.varint("column length"));
  const readers = new Map<ColumnName, ByteReader>();
  for (const name of COLUMN_NAMES) {
    readers.set(name, new ByteReader(from.view(lengths.get(name) ?? 0, `column ${name}`)));
  }
  return eachColumn((name) => readers.get(name) ?? new ByteReader(new Uint8Array(0)));
}

export function endColumns(columns: ColumnReaders): void {
  for (const name of COLUMN_NAMES) columns[name].end(`last of column ${name}`);
}
