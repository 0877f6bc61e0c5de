import { z } from "zod";
import { keccak256, type StateDiff } from "../../protocol/index.ts";
import { compareKeys, keyOf } from "../engine/keys.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import { addressSchema, dataSchema, quantitySchema, slotSchema, valueSchema } from "./hexSchemas.ts";

export interface AllocAccount {
  /** 20 bytes. */
  address: Uint8Array;
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  /** Value without leading zeros; empty: the slot is read, and zero. */
  storage: { slot: Uint8Array; value: Uint8Array }[];
}

const MAX_NONCE = 2n ** 64n - 1n;

const nonceSchema = z
  .union([z.int().nonnegative().transform(BigInt), quantitySchema])
  .refine((nonce) => nonce <= MAX_NONCE, "a nonce has at most 64 bits");

const storageSchema = z.record(z.string(), z.unknown()).transform((storage, context) =>
  Object.entries(storage).flatMap(([slot, value]) => {
    const parsed = z.object({ slot: slotSchema, value: valueSchema }).safeParse({ slot, value });
    if (parsed.success) return [parsed.data];
    context.addIssue({ code: "custom", message: "a slot or its value is not a word in hex", path: [slot] });
    return [];
  }),
);

const accountSchema = z.object({
  balance: quantitySchema.default(0n),
  nonce: nonceSchema.default(0n),
  code: dataSchema.default(() => new Uint8Array(0)),
  storage: storageSchema.default([]),
});

/** Address → `{balance, nonce, code, storage}`: geth's prestateTracer, a genesis' alloc, a state test's `pre`. */
export const allocSchema: z.ZodType<AllocAccount[]> = z
  .record(z.string(), accountSchema)
  .transform((alloc, context) =>
    Object.entries(alloc).flatMap(([text, account]) => {
      const address = addressSchema.safeParse(text);
      if (address.success) return [{ address: address.data, ...account }];
      context.addIssue({ code: "custom", message: "the key is not an address", path: [text] });
      return [];
    }),
  );

export function isEmptyAccount({ nonce, balance, code, storage }: AllocAccount): boolean {
  return (
    nonce === 0n && balance === 0n && code.length === 0 && storage.every(({ value }) => value.length === 0)
  );
}

/** What makes the accounts out of the empty state, in the canonical order. */
export function allocToDiff(alloc: readonly AllocAccount[]): StateDiff {
  const codes = new Map<string, StateDiff["codes"][number]>();
  const accounts = alloc.map(({ address, nonce, balance, code, storage }) => {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256(code);
    if (code.length > 0) codes.set(keyOf(codeHash), { hash: codeHash, code });
    return {
      address,
      account: { nonce, balance, codeHash },
      storageCleared: false,
      storage: storage
        .filter(({ value }) => value.length > 0)
        .sort((a, b) => compareKeys(keyOf(a.slot), keyOf(b.slot))),
    };
  });
  return {
    accounts: accounts.sort((a, b) => compareKeys(keyOf(a.address), keyOf(b.address))),
    codes: [...codes.entries()].sort(([a], [b]) => compareKeys(a, b)).map(([, entry]) => entry),
  };
}
