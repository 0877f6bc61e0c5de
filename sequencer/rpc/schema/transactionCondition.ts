import { hexToBytes, padTo32 } from "../../../protocol/index.ts";
import type { KnownAccount, TransactionCondition } from "../../mempool/index.ts";
import { checked, decodeQuantity, hexProblem, jsonKind } from "./hex.ts";

class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const BOUNDS = { blockNumberMin: 256, blockNumberMax: 256, timestampMin: 64, timestampMax: 64 } as const;
const BOUND_NAMES = ["blockNumberMin", "blockNumberMax", "timestampMin", "timestampMax"] as const;

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function fixed(input: unknown, length: number, what: string): Uint8Array | Problem {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string") return new Problem(`${what}: ${problem}`);
  if (input.length === 2 + 2 * length) return hexToBytes(input.slice(2));
  return new Problem(`${what}: hex string has length ${Math.max(0, input.length - 2)}, want ${length * 2}`);
}

function decodeSlots(input: Record<string, unknown>): KnownAccount["slots"] | Problem {
  const slots: NonNullable<KnownAccount["slots"]> = [];
  for (const [key, given] of Object.entries(input)) {
    const slot = fixed(key, 32, "storage slot");
    if (slot instanceof Problem) return slot;
    const value = fixed(given, 32, `value of slot ${key}`);
    if (value instanceof Problem) return value;
    slots.push({ slot: padTo32(slot), value });
  }
  return slots;
}

/** A storage root, or slots with their values. */
function decodeAccount(address: string, input: unknown): KnownAccount | Problem {
  const decoded = fixed(address, 20, "knownAccounts address");
  if (decoded instanceof Problem) return decoded;
  if (!isObject(input)) {
    const storageRoot = fixed(input, 32, `storage root of ${address}`);
    return storageRoot instanceof Problem ? storageRoot : { address: decoded, storageRoot };
  }
  const slots = decodeSlots(input);
  if (slots instanceof Problem) return slots;
  return slots === undefined ? { address: decoded } : { address: decoded, slots };
}

/** A quantity, or as geth's HexOrDecimal a number. */
function decodeBound(input: unknown, bits: number): bigint | Problem {
  if (typeof input === "number" && Number.isSafeInteger(input) && input >= 0) return BigInt(input);
  if (typeof input === "string" && /^\d{1,78}$/.test(input)) return BigInt(input);
  const decoded = decodeQuantity(input, bits);
  return "value" in decoded ? decoded.value : new Problem(decoded.problem);
}

function decode(input: unknown): { value: TransactionCondition } | { problem: string } {
  if (!isObject(input)) {
    return {
      problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type types.TransactionConditional`,
    };
  }
  const known = input["knownAccounts"] ?? {};
  if (!isObject(known)) return { problem: "knownAccounts: expected an object" };
  const condition: TransactionCondition = { knownAccounts: [] };
  for (const [address, given] of Object.entries(known)) {
    const account = decodeAccount(address, given);
    if (account instanceof Problem) return { problem: account.text };
    condition.knownAccounts.push(account);
  }
  for (const name of BOUND_NAMES) {
    const given = input[name];
    if (given === undefined || given === null) continue;
    const value = decodeBound(given, BOUNDS[name]);
    if (value instanceof Problem) return { problem: `${name}: ${value.text}` };
    condition[name] = value;
  }
  return { value: condition };
}

/** The second argument of `eth_sendRawTransactionConditional`. */
export const transactionCondition = () => checked(decode, { type: "object" }).describe("condition");
