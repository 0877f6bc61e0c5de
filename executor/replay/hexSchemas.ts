import { z } from "zod";
import { hexToBytes, padTo32, stripLeadingZeros } from "../../protocol/index.ts";

/** Bytes and quantities as they stand in JSON. */
const MAX_UINT256_DIGITS = 64;

/** Bytes of any length. */
export const dataSchema = z
  .string()
  .regex(/^0x(?:[0-9a-fA-F]{2})*$/, "0x and whole bytes of hex are needed")
  .transform(hexToBytes);

export function fixedBytes(length: number) {
  return z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`), `0x and ${length} bytes of hex are needed`)
    .transform(hexToBytes);
}

export const addressSchema = fixedBytes(20);
export const hashSchema = fixedBytes(32);

/** A quantity up to 256 bits; leading zeros are let through. */
export const quantitySchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, `a quantity of at most ${MAX_UINT256_DIGITS} hex digits is needed`)
  .transform(BigInt);

/** A quantity that fits a JavaScript number. */
export const numberSchema = quantitySchema
  .refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER), "more than 53 bits")
  .transform(Number);

/** A word that may be written short: a storage slot, padded to 32 bytes. */
export const slotSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{0,64}$/, "0x and at most 32 bytes of hex are needed")
  .transform((text) => padTo32(wordBytes(text)));

/** A word without its leading zeros: a storage value. */
export const valueSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{0,64}$/, "0x and at most 32 bytes of hex are needed")
  .transform((text) => stripLeadingZeros(wordBytes(text)));

function wordBytes(text: string): Uint8Array {
  return hexToBytes(text.length % 2 === 0 ? text : `0x0${text.slice(2)}`);
}
