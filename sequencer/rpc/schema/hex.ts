import { z } from "zod";
import { bytesToHex, hexToBytes, padTo32 } from "../../../protocol/index.ts";

type Parsed<T> = { value: T } | { problem: string };

/** A schema over a hand-written check: zod gives it its place and name, the check its wording. */
export function checked<T>(check: (input: unknown) => Parsed<T>) {
  return z.unknown().transform((input, context): T => {
    const result = check(input);
    if ("value" in result) return result.value;
    context.issues.push({ code: "custom", message: result.problem, input });
    return z.NEVER;
  });
}

/** What is wrong with a `0x…` string of whole bytes; undefined when nothing is. */
export function hexProblem(input: unknown): string | undefined {
  if (typeof input !== "string") return "expected a hex string";
  if (input === "") return "empty hex string";
  if (!input.startsWith("0x") && !input.startsWith("0X")) return "hex string without 0x prefix";
  if (input.length % 2 !== 0) return "hex string of odd length";
  // Buffer stops at the first character that is no hex digit: cheaper than a regular expression.
  if (Buffer.from(input.slice(2), "hex").length !== (input.length - 2) / 2) return "invalid hex string";
  return undefined;
}

function decodeBytes(input: unknown, length?: number): Parsed<Uint8Array> {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string")
    return { problem: problem ?? "expected a hex string" };
  const value = hexToBytes(input.slice(2));
  if (length !== undefined && value.length !== length) {
    return { problem: `hex string has length ${value.length * 2}, want ${length * 2}` };
  }
  return { value };
}

export const bytes = () => checked((input) => decodeBytes(input));
export const address = () => checked((input) => decodeBytes(input, 20)).describe("address");
export const hash = (name: string) => checked((input) => decodeBytes(input, 32)).describe(name);

/** A quantity, as the minimal hex that geth demands. */
export function decodeQuantity(input: unknown, bits = 256): Parsed<bigint> {
  if (typeof input !== "string") return { problem: "expected a hex string" };
  if (input === "") return { problem: "empty hex string" };
  if (!input.startsWith("0x") && !input.startsWith("0X")) return { problem: "hex string without 0x prefix" };
  const digits = input.slice(2);
  if (digits === "") return { problem: 'hex string "0x"' };
  if (!/^[0-9a-fA-F]+$/.test(digits)) return { problem: "invalid hex string" };
  if (digits.length > 1 && digits.startsWith("0")) return { problem: "hex number with leading zero digits" };
  if (digits.length * 4 > bits + 3) return { problem: `hex number > ${bits} bits` };
  const value = BigInt(`0x${digits}`);
  return value >> BigInt(bits) === 0n ? { value } : { problem: `hex number > ${bits} bits` };
}

export const quantity = (bits = 256) => checked((input) => decodeQuantity(input, bits));

/** A small number; geth takes a JSON number here too. */
export const smallQuantity = (name: string) =>
  checked<number>((input) => {
    if (typeof input === "number" && Number.isSafeInteger(input) && input >= 0) return { value: input };
    const decoded = decodeQuantity(input, 53);
    return "value" in decoded ? { value: Number(decoded.value) } : decoded;
  }).describe(name);

/** A storage slot as 32 bytes: up to 32 bytes of hex, leading zeros free, odd lengths too. `given` is the echo. */
export function decodeSlot(input: unknown): Parsed<{ slot: Uint8Array; given: string }> {
  if (typeof input !== "string") return { problem: "expected a hex string" };
  if (!/^0x[0-9a-f]*$/i.test(input)) return { problem: "unable to decode storage key: invalid hex string" };
  const digits = input.slice(2);
  if (digits.length > 64) return { problem: "storage key too long (want at most 32 bytes)" };
  const slot = padTo32(hexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`));
  return { value: { slot, given: digits.length === 64 ? bytesToHex(slot) : minimal(digits) } };
}

const minimal = (digits: string) => `0x${digits.toLowerCase().replace(/^0+(?=.)/, "") || "0"}`;

export const storageSlot = () => checked(decodeSlot).describe("storageKey");
