import { z } from "zod";
import { checked } from "../../rpc/schema/hex.ts";

/** A number as test suites write it: JSON number, hex with or without leading zeros, decimal text. */
function decodeNumber(input: unknown, bits: number): { value: bigint } | { problem: string } {
  if (typeof input === "number") {
    if (!Number.isSafeInteger(input) || input < 0) return { problem: "expected a whole number" };
    return { value: BigInt(input) };
  }
  if (typeof input !== "string" || !/^(0x[0-9a-f]{1,64}|[0-9]{1,78})$/i.test(input)) {
    return { problem: "expected a number or a hex string" };
  }
  const value = BigInt(input);
  return value >> BigInt(bits) === 0n ? { value } : { problem: `number > ${bits} bits` };
}

export const amount = (name: string, bits = 256) =>
  checked((input) => decodeNumber(input, bits)).describe(name);

export const count = (name: string) =>
  checked<number>((input) => {
    const decoded = decodeNumber(input, 53);
    return "value" in decoded ? { value: Number(decoded.value) } : decoded;
  }).describe(name);

export const flag = (name: string) => z.boolean({ error: "expected true or false" }).describe(name);
