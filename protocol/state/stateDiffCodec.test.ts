import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bigIntToBytes, EMPTY_BYTES, stripLeadingZeros } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import { DecodeError } from "../errors.ts";
import type { AccountChange, StateDiff } from "./stateDiff.ts";
import { decodeStateDiff, encodeStateDiff } from "./stateDiffCodec.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const word = fc.oneof(
  bytes(32),
  fc.nat(300).map((n) => new Uint8Array(new Array(30).fill(0).concat([n >> 8, n & 255]))),
);
const ascending = <T>(items: T[], key: (item: T) => Uint8Array): T[] =>
  items.sort((a, b) => Buffer.compare(key(a), key(b)));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");

const fields = fc.record({
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  balance: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.bigInt({ min: 0n, max: 300n })),
  codeHash: fc.oneof(bytes(32), fc.constant(keccak256(EMPTY_BYTES))),
});
const account: fc.Arbitrary<AccountChange> = fc.record({
  address: bytes(20),
  account: fc.option(fields, { nil: undefined }),
  storageCleared: fc.boolean(),
  storage: fc
    .uniqueArray(fc.record({ slot: word, value: word.map(stripLeadingZeros) }), {
      selector: ({ slot }) => hex(slot),
      maxLength: 12,
    })
    .map((storage) => ascending(storage, ({ slot }) => slot)),
});
const stateDiff: fc.Arbitrary<StateDiff> = fc.record({
  accounts: fc
    .uniqueArray(account, { selector: ({ address }) => hex(address) })
    .map((accounts) => ascending(accounts, ({ address }) => address)),
  codes: fc.array(
    fc
      .oneof(fc.uint8Array({ maxLength: 300 }), bytes(24_576))
      .map((code) => ({ hash: keccak256(code), code })),
    { maxLength: 3 },
  ),
});

function oracle({ accounts, codes }: StateDiff): Uint8Array {
  return RLP.encode([
    accounts.map(({ address, account, storageCleared, storage }) => [
      address,
      account === undefined
        ? []
        : [
            bigIntToBytes(account.nonce),
            bigIntToBytes(account.balance),
            hex(account.codeHash) === hex(keccak256(EMPTY_BYTES)) ? EMPTY_BYTES : account.codeHash,
          ],
      storageCleared ? 1 : 0,
      storage.flatMap(({ slot, value }) => [stripLeadingZeros(slot), value]),
    ]),
    codes.map(({ code }) => code),
  ]);
}

test("is RLP and comes back as it was", () => {
  fc.assert(
    fc.property(stateDiff, (diff) => {
      const encoded = encodeStateDiff(diff);
      expect(hex(encoded)).toBe(hex(oracle(diff)));
      expect(decodeStateDiff(encoded)).toEqual(diff);
      expect(decodeStateDiff(Buffer.from(encoded))).toEqual(diff);
    }),
  );
});

test("damaged bytes either fail with DecodeError or are another diff's one encoding", () => {
  fc.assert(
    fc.property(stateDiff, fc.nat(), fc.integer({ min: 1, max: 255 }), (diff, at, flip) => {
      const damaged = encodeStateDiff(diff);
      const place = at % damaged.length;
      damaged[place] = (damaged[place] ?? 0) ^ flip;
      expectCanonicalOrRefused(damaged);
      expect(() => decodeStateDiff(damaged.subarray(0, place))).toThrow(DecodeError);
    }),
    { numRuns: 300 },
  );
});

test("any bytes are refused or canonical", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectCanonicalOrRefused), { numRuns: 1000 });
  expect(() => decodeStateDiff(new Uint8Array(1_000_000).fill(0xf8))).toThrow(DecodeError);
});

function expectCanonicalOrRefused(bytes: Uint8Array): void {
  let decoded: StateDiff;
  try {
    decoded = decodeStateDiff(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return;
  }
  expect(hex(encodeStateDiff(decoded))).toBe(hex(bytes));
}

test("accounts and slots that do not ascend are refused", () => {
  const fields = [1, 2, EMPTY_BYTES];
  const at = (address: number, slots: number[]) => [
    new Uint8Array(20).fill(address),
    fields,
    0,
    slots.flatMap((slot) => [slot, 7]),
  ];
  expect(decodeStateDiff(RLP.encode([[at(1, [3, 4]), at(2, [])], []])).accounts).toHaveLength(2);
  expect(() => decodeStateDiff(RLP.encode([[at(2, []), at(1, [])], []]))).toThrow("addresses do not ascend");
  expect(() => decodeStateDiff(RLP.encode([[at(1, []), at(1, [])], []]))).toThrow("addresses do not ascend");
  expect(() => decodeStateDiff(RLP.encode([[at(1, [4, 3])], []]))).toThrow("slots do not ascend");
});
