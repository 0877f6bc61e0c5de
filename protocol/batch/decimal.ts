/**
 * Amounts as people write them: `mantissa · 10^exponent`. One ether is a mantissa of one byte instead of a number of
 * eight. Numbers are big-endian without leading zeros; zero is the empty string.
 */
import type { ByteReader } from "../byteReader.ts";
import { bigIntToBytes, bytesToBigInt } from "../bytes.ts";
import type { ByteWriter } from "../byteWriter.ts";
import { DecodeError } from "../errors.ts";
import { bytesToNumber, numberToBytes } from "./envelope.ts";

export interface Decimal {
  exponent: number;
  mantissa: Uint8Array;
}

/** 10^77 is the largest power of ten below 2^256. */
export const MAX_EXPONENT = 77;

/** Takes out every power of ten when that saves at least `gain` bytes, none otherwise. */
export function toDecimal(value: Uint8Array, gain: number): Decimal {
  const plain = { exponent: 0, mantissa: value };
  const last = value.at(-1);
  if (value.length <= gain || last === undefined || (last & 1) === 1) return plain;
  const decimal = value.length <= 6 ? trimNumber(bytesToNumber(value)) : trimBigInt(bytesToBigInt(value));
  return value.length - decimal.mantissa.length >= gain ? decimal : plain;
}

function trimNumber(value: number): Decimal {
  let exponent = 0;
  let rest = value;
  for (; rest % 10 === 0 && rest > 0; rest /= 10) exponent++;
  return { exponent, mantissa: numberToBytes(rest) };
}

function trimBigInt(value: bigint): Decimal {
  let exponent = 0;
  let rest = value;
  for (; rest % 1_000_000_000n === 0n && rest > 0n; rest /= 1_000_000_000n) exponent += 9;
  for (; rest % 10n === 0n && rest > 0n; rest /= 10n) exponent++;
  return { exponent, mantissa: bigIntToBytes(rest) };
}

/** At most 32 bytes, or a DecodeError. */
export function fromDecimal({ exponent, mantissa }: Decimal): Uint8Array {
  if (exponent === 0 || mantissa.length === 0) return mantissa;
  const value =
    mantissa.length <= 3 && exponent <= 8
      ? numberToBytes(bytesToNumber(mantissa) * 10 ** exponent)
      : bigIntToBytes(bytesToBigInt(mantissa) * 10n ** BigInt(exponent));
  if (value.length > 32) throw new DecodeError("amount: over 256 bits");
  return value;
}

/** A byte of exponent and one of the mantissa's length to `heads`, the mantissa to `digits`. */
export function writeDecimal(heads: ByteWriter, digits: ByteWriter, value: Uint8Array): void {
  const { exponent, mantissa } = toDecimal(value, 1);
  heads.byte(exponent);
  heads.byte(mantissa.length);
  digits.bytes(mantissa);
}

/** At most `maxBytes` bytes. */
export function readDecimal(
  heads: ByteReader,
  digits: ByteReader,
  maxBytes: number,
  what: string,
): Uint8Array {
  const exponent = heads.byte(what);
  if (exponent > MAX_EXPONENT) throw new DecodeError(`${what}: exponent ${exponent}`);
  const value = fromDecimal({ exponent, mantissa: readInteger(digits, heads.byte(what), what) });
  if (value.length > maxBytes) throw new DecodeError(`${what}: over ${maxBytes * 8} bits`);
  return value;
}

/** `length` bytes, at most 32, the first not zero. */
export function readInteger(from: ByteReader, length: number, what: string): Uint8Array {
  if (length > 32) throw new DecodeError(`${what}: ${length} bytes`);
  const value = from.view(length, what);
  if (value[0] === 0) throw new DecodeError(`${what}: leading zero`);
  return value;
}
