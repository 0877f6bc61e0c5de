/**
 * Calldata of the ABI's form, a selector and words of 32 bytes, without the padding that most of it is.
 *
 * A word is a byte of kind, then what the kind asks for:
 *   0–32     a number of that many bytes, in `words`
 *   33       an address: a reference in `wordAddresses`
 *   34–110   a number with 1 to 77 decimal zeros: the mantissa's length follows in `wordKinds`, the mantissa in `words`
 *   129–159  1 to 31 bytes at the word's start, zeros after them, in `words`
 */
import { DecodeError } from "../errors.ts";
import type { ColumnReaders, ColumnWriters } from "./columns.ts";
import { fromDecimal, MAX_EXPONENT, readInteger, toDecimal } from "./decimal.ts";
import type { RepetitionReader, RepetitionWriter } from "./repetitions.ts";

const WORD = 32;
const SELECTOR = 4;
const ADDRESS = 20;
const ADDRESS_KIND = 33;
const DECIMAL_KIND = 33;
const LEFT_KIND = 128;
/** Numbers this long are addresses: those of other tokens and pools begin with zeros too. */
const LEAST_ADDRESS = 17;
/** A mantissa brings a length of its own. */
const DECIMAL_GAIN = 2;

export function hasWords(data: Uint8Array): boolean {
  return data.length >= SELECTOR && data.length % WORD === SELECTOR;
}

export function countWords(data: Uint8Array, selectors: RepetitionWriter, addresses: RepetitionWriter): void {
  selectors.count(data.subarray(0, SELECTOR));
  for (let at = SELECTOR; at < data.length; at += WORD) {
    const start = leadingZeros(data, at);
    if (isAddress(start)) addresses.count(data.subarray(at + WORD - ADDRESS, at + WORD));
  }
}

export function writeWords(
  data: Uint8Array,
  columns: ColumnWriters,
  selectors: RepetitionWriter,
  addresses: RepetitionWriter,
): void {
  selectors.write(columns.selectors, data.subarray(0, SELECTOR));
  columns.dataLengths.varint((data.length - SELECTOR) / WORD);
  for (let at = SELECTOR; at < data.length; at += WORD) writeWord(data, at, columns, addresses);
}

function writeWord(data: Uint8Array, at: number, columns: ColumnWriters, addresses: RepetitionWriter): void {
  const { wordKinds, words } = columns;
  const start = leadingZeros(data, at);
  const length = WORD - start;
  if (isAddress(start)) {
    wordKinds.byte(ADDRESS_KIND);
    addresses.write(columns.wordAddresses, data.subarray(at + WORD - ADDRESS, at + WORD));
    return;
  }
  const left = WORD - trailingZeros(data, at);
  if (left < length) {
    wordKinds.byte(LEFT_KIND + left);
    words.bytes(data.subarray(at, at + left));
    return;
  }
  const { exponent, mantissa } = toDecimal(data.subarray(at + start, at + WORD), DECIMAL_GAIN);
  if (exponent === 0) wordKinds.byte(length);
  else {
    wordKinds.byte(DECIMAL_KIND + exponent);
    wordKinds.byte(mantissa.length);
  }
  words.bytes(mantissa);
}

/** `expect` is told how many bytes the data has before memory is taken for them. */
export function readWords(
  columns: ColumnReaders,
  selectors: RepetitionReader,
  addresses: RepetitionReader,
  expect: (bytes: number) => void,
): Uint8Array {
  const selector = selectors.read(columns.selectors, "selector");
  const count = columns.dataLengths.varint("words");
  if (count > columns.wordKinds.remaining) throw new DecodeError("words: more than data");
  expect(SELECTOR + count * WORD);
  const data = new Uint8Array(SELECTOR + count * WORD);
  data.set(selector);
  for (let at = SELECTOR; at < data.length; at += WORD) readWord(data, at, columns, addresses);
  return data;
}

function readWord(data: Uint8Array, at: number, columns: ColumnReaders, addresses: RepetitionReader): void {
  const { wordKinds, words } = columns;
  const kind = wordKinds.byte("word");
  if (kind > LEFT_KIND) {
    const length = kind - LEFT_KIND;
    if (length >= WORD) throw new DecodeError(`word: kind ${kind}`);
    data.set(words.view(length, "word"), at);
    return;
  }
  const number =
    kind === ADDRESS_KIND ? addresses.read(columns.wordAddresses, "address") : readNumber(kind, columns);
  data.set(number, at + WORD - number.length);
}

function readNumber(kind: number, { wordKinds, words }: ColumnReaders): Uint8Array {
  if (kind <= WORD) return readInteger(words, kind, "word");
  const exponent = kind - DECIMAL_KIND;
  if (exponent > MAX_EXPONENT) throw new DecodeError(`word: kind ${kind}`);
  return fromDecimal({ exponent, mantissa: readInteger(words, wordKinds.byte("word"), "word") });
}

function isAddress(zeros: number): boolean {
  const length = WORD - zeros;
  return length >= LEAST_ADDRESS && length <= ADDRESS;
}

function leadingZeros(data: Uint8Array, at: number): number {
  let zeros = 0;
  while (zeros < WORD && data[at + zeros] === 0) zeros++;
  return zeros;
}

function trailingZeros(data: Uint8Array, at: number): number {
  let zeros = 0;
  while (zeros < WORD && data[at + WORD - 1 - zeros] === 0) zeros++;
  return zeros;
}
