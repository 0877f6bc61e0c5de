import { z } from "zod";
import type { AccountOverride, BlockOverrides, SlotOverride } from "../../../executor/index.ts";
import { padTo32 } from "../../../protocol/index.ts";
import { address, bytes, checked, decodeQuantity, hash, hexProblem, quantity } from "./hex.ts";

/** JSON leaves out, or says `null`. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

/** Only the keys that have a value. */
type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

export function given<T extends object>(fields: T): Given<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}

function decodeWord(input: unknown): { value: Uint8Array } | { problem: string } {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string")
    return { problem: problem ?? "expected a hex string" };
  const digits = input.slice(2);
  if (digits.length !== 64)
    return { problem: `hex string has length ${digits.length}, want 64 for common.Hash` };
  return { value: padTo32(new Uint8Array(Buffer.from(digits, "hex"))) };
}

const word = () => checked(decodeWord);

/** An object whose keys are read by `key`; each key once. */
function entries<Key, Value>(key: z.ZodType<Key>, value: z.ZodType<Value>) {
  return z.record(z.string(), z.unknown()).transform((record, context): [Key, Value][] => {
    const list: [Key, Value][] = [];
    for (const [name, content] of Object.entries(record)) {
      const parsedKey = key.safeParse(name);
      const parsedValue = value.safeParse(content);
      for (const { error } of [parsedKey, parsedValue]) {
        for (const issue of error?.issues ?? []) {
          context.issues.push({
            code: "custom",
            message: issue.message,
            path: [name, ...issue.path],
            input: content,
          });
        }
      }
      if (parsedKey.success && parsedValue.success) list.push([parsedKey.data, parsedValue.data]);
    }
    return list;
  });
}

const slots = entries(word(), word()).transform((list) =>
  list.map(([slot, value]): SlotOverride => ({ slot, value })),
);

const accountOverride = z.object({
  nonce: optional(quantity(64)),
  balance: optional(quantity()),
  code: optional(bytes()),
  state: optional(slots),
  stateDiff: optional(slots),
  movePrecompileToAddress: optional(address()),
});

/** geth's `StateOverride`: accounts by address. */
export const stateOverrides = () =>
  entries(address(), accountOverride)
    .transform((list) => list.map(([at, fields]): AccountOverride => ({ address: at, ...given(fields) })))
    .describe("stateOverrides");

const numberWithin = (bits: number) =>
  checked<number>((input) => {
    const decoded = decodeQuantity(input, bits);
    if ("problem" in decoded) return decoded;
    const { value } = decoded;
    return value > BigInt(Number.MAX_SAFE_INTEGER)
      ? { problem: "number too large" }
      : { value: Number(value) };
  });

export const blockFields = z.object({
  number: optional(numberWithin(256)),
  difficulty: optional(quantity()),
  time: optional(numberWithin(64)),
  gasLimit: optional(quantity(64)),
  feeRecipient: optional(address()),
  prevRandao: optional(hash("prevRandao")),
  baseFeePerGas: optional(quantity()),
  blobBaseFee: optional(quantity()),
  beaconRoot: optional(hash("beaconRoot")),
  withdrawals: optional(z.array(z.unknown())),
});

/** geth's `BlockOverrides`. */
export const blockOverrides = () =>
  blockFields.transform((fields): BlockOverrides => given(fields)).describe("blockOverrides");
