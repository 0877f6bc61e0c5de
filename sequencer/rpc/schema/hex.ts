import { z } from "zod";
import { bytesToHex, hexToBytes, padTo32 } from "../../../protocol/index.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";

type Parsed<T> = { value: T } | { problem: string };

/**
 * A schema over a hand-written check: zod gives it its place and name, the check its wording, `form` what the
 * documents say of it.
 */
export function checked<T>(check: (input: unknown) => Parsed<T>, form: Record<string, unknown> = {}) {
  return z
    .unknown()
    .transform((input, context): T => {
      const result = check(input);
      if ("value" in result) return result.value;
      context.issues.push({ code: "custom", message: result.problem, input });
      return z.NEVER;
    })
    .meta(form);
}

const HEX_STRING = { type: "string", pattern: "^0x([0-9a-fA-F]{2})*$" };
const fixedHex = (length: number) => ({ type: "string", pattern: `^0x[0-9a-fA-F]{${length * 2}}$` });
export const QUANTITY_FORM = { type: "string", pattern: "^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$" };

/** geth decodes into Go's types, and names them. */
const cannotUnmarshal = (what: string, type: string) =>
  `json: cannot unmarshal ${what} into Go value of type ${type}`;

/** What is wrong with a `0x…` string of whole bytes; undefined when nothing is. */
export function hexProblem(input: unknown): string | undefined {
  if (typeof input !== "string") return "non-string";
  if (input === "") return undefined;
  if (!input.startsWith("0x") && !input.startsWith("0X")) return "hex string without 0x prefix";
  if (input.length % 2 !== 0) return "hex string of odd length";
  // Buffer stops at the first character that is no hex digit: cheaper than a regular expression.
  if (Buffer.from(input.slice(2), "hex").length !== (input.length - 2) / 2) return "invalid hex string";
  return undefined;
}

function decodeBytes(input: unknown, type: string, length?: number): Parsed<Uint8Array> {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string") {
    return { problem: cannotUnmarshal(problem ?? "non-string", type) };
  }
  const value = hexToBytes(input.slice(2));
  if (length !== undefined && value.length !== length) {
    return { problem: `hex string has length ${value.length * 2}, want ${length * 2} for ${type}` };
  }
  return { value };
}

/** What `eth_sendRawTransaction` and other methods say of bytes that they check by hand; undefined: they are bytes. */
export function bytesProblem(input: unknown): string | undefined {
  const problem = hexProblem(input);
  return problem === undefined ? undefined : cannotUnmarshal(problem, "hexutil.Bytes");
}

export const decodeHash = (input: unknown) => decodeBytes(input, "common.Hash", 32);

export const bytes = () => checked((input) => decodeBytes(input, "hexutil.Bytes"), HEX_STRING);
export const address = () =>
  checked((input) => decodeBytes(input, "common.Address", 20), fixedHex(20)).describe("address");
export const hash = (name: string) => checked(decodeHash, fixedHex(32)).describe(name);

/** A quantity, as the minimal hex that geth demands: hexutil's wording, without the name of a type. */
export function decodeQuantity(input: unknown, bits = 256): Parsed<bigint> {
  if (typeof input !== "string") return { problem: "non-string" };
  if (input === "") return { problem: "empty hex string" };
  if (!input.startsWith("0x") && !input.startsWith("0X")) return { problem: "hex string without 0x prefix" };
  const digits = input.slice(2);
  if (digits === "") return { problem: 'hex string "0x"' };
  if (digits.length > 1 && digits.startsWith("0")) return { problem: "hex number with leading zero digits" };
  if (!/^[0-9a-fA-F]+$/.test(digits)) return { problem: "invalid hex string" };
  if (digits.length * 4 > bits + 3) return { problem: `hex number > ${bits} bits` };
  const value = BigInt(`0x${digits}`);
  return value >> BigInt(bits) === 0n ? { value } : { problem: `hex number > ${bits} bits` };
}

function typedQuantity(input: unknown, bits: number): Parsed<bigint> {
  const decoded = decodeQuantity(input, bits);
  if ("value" in decoded) return decoded;
  return { problem: cannotUnmarshal(decoded.problem, bits <= 64 ? "hexutil.Uint64" : "*hexutil.Big") };
}

export const quantity = (bits = 256) => checked((input) => typedQuantity(input, bits), QUANTITY_FORM);

/** A small number; geth takes a JSON number here too. */
export const smallQuantity = (name: string) =>
  checked<number>(
    (input) => {
      if (typeof input === "number" && Number.isSafeInteger(input) && input >= 0) return { value: input };
      const decoded = decodeQuantity(input, 53);
      if ("value" in decoded) return { value: Number(decoded.value) };
      return { problem: cannotUnmarshal(decoded.problem, "hexutil.Uint") };
    },
    { anyOf: [QUANTITY_FORM, { type: "integer", minimum: 0 }] },
  ).describe(name);

/** A storage slot as 32 bytes: up to 32 bytes of hex, leading zeros free, odd lengths too. `given` is the echo. */
export function decodeSlot(input: unknown): Parsed<{ slot: Uint8Array; given: string }> {
  if (typeof input !== "string") return { problem: cannotUnmarshal(jsonKind(input), "string") };
  // geth reads the key in the method itself: no "invalid argument" goes before these.
  const digits = /^0x/i.test(input) ? input.slice(2) : input;
  if (!/^[0-9a-f]*$/i.test(digits))
    throw invalidParams(`invalid hex in storage key: ${JSON.stringify(input)}`);
  if (digits.length > 64) {
    throw invalidParams(`storage key too long (want at most 32 bytes): ${JSON.stringify(input)}`);
  }
  const slot = padTo32(hexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`));
  return { value: { slot, given: digits.length === 64 ? bytesToHex(slot) : minimal(digits) } };
}

const minimal = (digits: string) => `0x${digits.toLowerCase().replace(/^0+(?=.)/, "") || "0"}`;

export const storageSlot = () =>
  checked(decodeSlot, { type: "string", pattern: "^0x[0-9a-fA-F]{0,64}$" }).describe("storageKey");

/** What Go calls a JSON value. */
export function jsonKind(input: unknown): string {
  if (input === null) return "null";
  if (typeof input === "boolean") return "bool";
  return Array.isArray(input) ? "array" : typeof input;
}
