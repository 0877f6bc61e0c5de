import { RLP } from "@ethereumjs/rlp";
import { createBlockLevelAccessListFromJSON } from "@ethereumjs/util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex, EMPTY_BYTES, padTo32, stripLeadingZeros } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import {
  type AccountAccess,
  type BlockAccessList,
  blockAccessListHash,
  blockAccessListItems,
  decodeBlockAccessList,
  encodeBlockAccessList,
} from "./blockAccessList.ts";
import { blockAccessListToJson } from "./blockAccessListJson.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const word = fc.oneof(
  bytes(32),
  fc.nat(300).map((n) => padTo32(Uint8Array.of(n >> 8, n & 255))),
);
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const index = fc.oneof(fc.nat(300), fc.nat(2 ** 32 - 1));

function ascending<T>(item: fc.Arbitrary<T>, key: (item: T) => string, minLength = 0): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(item, { selector: key, minLength, maxLength: 6 })
    .map((items) => items.sort((a, b) => (key(a) < key(b) ? -1 : 1)));
}

function changes<T extends { index: number }>(item: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(item, { selector: (change) => change.index, minLength, maxLength: 5 })
    .map((items) => items.sort((a, b) => a.index - b.index));
}

const account: fc.Arbitrary<AccountAccess> = fc
  .record({
    address: bytes(20),
    storageChanges: ascending(
      fc.record({
        slot: word,
        changes: changes(fc.record({ index, value: word.map(stripLeadingZeros) }), 1),
      }),
      ({ slot }) => hex(slot),
    ),
    storageReads: ascending(word, hex),
    balanceChanges: changes(fc.record({ index, balance: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }) })),
    nonceChanges: changes(fc.record({ index, nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) })),
    codeChanges: changes(fc.record({ index, code: fc.uint8Array({ maxLength: 90 }) })),
  })
  .map((access) => {
    const changed = new Set(access.storageChanges.map(({ slot }) => hex(slot)));
    return { ...access, storageReads: access.storageReads.filter((slot) => !changed.has(hex(slot))) };
  });
const accessList: fc.Arbitrary<BlockAccessList> = ascending(account, ({ address }) => hex(address));

/** EthereumJS reads a JSON form of its own; storage keys in it are without leading zeros. */
function stockList(list: BlockAccessList) {
  const short = (value: Uint8Array) => bytesToHex(stripLeadingZeros(value));
  const quantity = (value: number | bigint): `0x${string}` => `0x${value.toString(16)}`;
  return createBlockLevelAccessListFromJSON(
    list.map((access) => ({
      address: bytesToHex(access.address),
      storageChanges: access.storageChanges.map(({ slot, changes }) => ({
        slot: short(slot),
        slotChanges: changes.map(({ index, value }) => ({
          blockAccessIndex: quantity(index),
          postValue: bytesToHex(value),
        })),
      })),
      storageReads: access.storageReads.map(short),
      balanceChanges: access.balanceChanges.map(({ index, balance }) => ({
        blockAccessIndex: quantity(index),
        postBalance: quantity(balance),
      })),
      nonceChanges: access.nonceChanges.map(({ index, nonce }) => ({
        blockAccessIndex: quantity(index),
        postNonce: quantity(nonce),
      })),
      codeChanges: access.codeChanges.map(({ index, code }) => ({
        blockAccessIndex: quantity(index),
        newCode: bytesToHex(code),
      })),
    })),
  );
}

test("a list is encoded as EthereumJS encodes it, and decodes to itself", () => {
  fc.assert(
    fc.property(accessList, (list) => {
      const encoded = encodeBlockAccessList(list);
      const stock = stockList(list);
      expect(bytesToHex(encoded)).toBe(bytesToHex(stock.serialize()));
      expect(bytesToHex(blockAccessListHash(list))).toBe(bytesToHex(stock.hash()));
      expect(decodeBlockAccessList(encoded)).toEqual(list);
    }),
    { numRuns: 300 },
  );
});

test("the empty list is the EIP's", () => {
  expect(encodeBlockAccessList([])).toEqual(Uint8Array.of(0xc0));
  expect(bytesToHex(blockAccessListHash([]))).toBe(
    "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  );
});

test("what decodes is canonical, whatever the bytes; everything else is a DecodeError", () => {
  let accepted = 0;
  let refused = 0;
  const damage = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.boolean() });
  fc.assert(
    fc.property(accessList, fc.array(damage, { minLength: 1, maxLength: 3 }), (list, damages) => {
      let encoded = encodeBlockAccessList(list);
      for (const { at, value, cut } of damages) {
        const position = at % encoded.length;
        if (cut && position > 0) encoded = encoded.slice(0, position);
        else encoded[position] = value;
      }
      try {
        const decoded = decodeBlockAccessList(encoded);
        accepted++;
        expect(bytesToHex(encodeBlockAccessList(decoded))).toBe(bytesToHex(encoded));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused++;
      }
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

type Nested = Uint8Array | Nested[];
const ADDRESS = new Uint8Array(20).fill(7);
const NUMBER = (n: number) => (n === 0 ? EMPTY_BYTES : Uint8Array.of(n));
const accountOf = (parts: Nested[], address: Uint8Array = ADDRESS): Nested => {
  const lists = [0, 1, 2, 3, 4].map((i) => parts[i] ?? []);
  return [address, ...lists];
};

test.each<[string, Nested]>([
  ["an account twice", [accountOf([]), accountOf([])]],
  ["accounts out of order", [accountOf([]), accountOf([], new Uint8Array(20).fill(6))]],
  ["an address of 19 bytes", [accountOf([], new Uint8Array(19))]],
  ["an account with five parts", [[ADDRESS, [], [], [], []]]],
  ["an account with seven parts", [[ADDRESS, [], [], [], [], [], []]]],
  ["a changed slot without a change", [accountOf([[[NUMBER(1), []]]])]],
  ["a slot changed and read", [accountOf([[[NUMBER(2), [[NUMBER(1), NUMBER(1)]]]], [NUMBER(1), NUMBER(2)]])]],
  ["a slot read twice", [accountOf([[], [NUMBER(1), NUMBER(1)]])]],
  ["slots out of order", [accountOf([[], [Uint8Array.of(1, 0), NUMBER(2)]])]],
  ["a slot with leading zeros", [accountOf([[], [Uint8Array.of(0, 1)]])]],
  ["a slot of 33 bytes", [accountOf([[], [new Uint8Array(33).fill(1)]])]],
  ["a value with leading zeros", [accountOf([[[NUMBER(1), [[NUMBER(1), Uint8Array.of(0, 1)]]]]])]],
  ["a value of 33 bytes", [accountOf([[[NUMBER(1), [[NUMBER(1), new Uint8Array(33).fill(1)]]]]])]],
  [
    "an index twice",
    [
      accountOf([
        [],
        [],
        [
          [NUMBER(1), NUMBER(1)],
          [NUMBER(1), NUMBER(2)],
        ],
      ]),
    ],
  ],
  [
    "indexes out of order",
    [
      accountOf([
        [],
        [],
        [
          [NUMBER(2), NUMBER(1)],
          [NUMBER(1), NUMBER(2)],
        ],
      ]),
    ],
  ],
  ["an index of 33 bits", [accountOf([[], [], [[Uint8Array.of(1, 0, 0, 0, 0), NUMBER(1)]]])]],
  ["a nonce of 65 bits", [accountOf([[], [], [], [[NUMBER(1), new Uint8Array(9).fill(1)]]])]],
  ["a balance of 257 bits", [accountOf([[], [], [[NUMBER(1), new Uint8Array(33).fill(1)]]])]],
  ["a change of three parts", [accountOf([[], [], [], [], [[NUMBER(1), NUMBER(1), NUMBER(1)]]])]],
  ["a string for a list", [accountOf([NUMBER(1)])]],
  ["no list at all", NUMBER(1)],
])("%s is refused", (_, nested) => {
  expect(() => decodeBlockAccessList(RLP.encode(nested))).toThrow(DecodeError);
});

test("bytes after the list are refused", () => {
  expect(() => decodeBlockAccessList(Uint8Array.of(0xc0, 0xc0))).toThrow(DecodeError);
  expect(() => decodeBlockAccessList(EMPTY_BYTES)).toThrow(DecodeError);
});

test("items are addresses and storage keys, and can be bounded", () => {
  fc.assert(
    fc.property(accessList, (list) => {
      const encoded = encodeBlockAccessList(list);
      const items = blockAccessListItems(list);
      expect(decodeBlockAccessList(encoded, items)).toEqual(list);
      if (items > 0) expect(() => decodeBlockAccessList(encoded, items - 1)).toThrow(DecodeError);
    }),
  );
});

test("the JSON form is the execution API's", () => {
  const list: BlockAccessList = [
    {
      address: ADDRESS,
      storageChanges: [
        {
          slot: new Uint8Array(32),
          changes: [
            { index: 0, value: EMPTY_BYTES },
            { index: 16, value: Uint8Array.of(1, 0) },
          ],
        },
      ],
      storageReads: [padTo32(Uint8Array.of(5))],
      balanceChanges: [{ index: 1, balance: 0x56bc75e2d63100000n }],
      nonceChanges: [{ index: 1, nonce: 0n }],
      codeChanges: [{ index: 1, code: EMPTY_BYTES }],
    },
  ];
  const zeros = "0".repeat(60);
  expect(blockAccessListToJson(list)).toEqual([
    {
      address: "0x0707070707070707070707070707070707070707",
      storageChanges: [
        {
          key: `0x${zeros}0000`,
          changes: [
            { index: "0x0", value: `0x${zeros}0000` },
            { index: "0x10", value: `0x${zeros}0100` },
          ],
        },
      ],
      storageReads: [`0x${zeros}0005`],
      balanceChanges: [{ index: "0x1", value: "0x56bc75e2d63100000" }],
      nonceChanges: [{ index: "0x1", value: "0x0" }],
      codeChanges: [{ index: "0x1", code: "0x" }],
    },
  ]);
});

/** The schemas `uint32`, `uint64`, `uint256`, `hash32`, `bytes` and `address` of ethereum/execution-apis. */
test("every string of the JSON form matches the execution API's schemas", () => {
  const uint = /^0x(0|[1-9a-f][0-9a-f]*)$/;
  const hash32 = /^0x[0-9a-f]{64}$/;
  fc.assert(
    fc.property(accessList, (list) => {
      for (const entry of blockAccessListToJson(list)) {
        expect(entry.address).toMatch(/^0x[0-9a-f]{40}$/);
        for (const { key, changes } of entry.storageChanges) {
          expect(key).toMatch(hash32);
          for (const { value } of changes) expect(value).toMatch(hash32);
        }
        for (const slot of entry.storageReads) expect(slot).toMatch(hash32);
        for (const { index, value } of [...entry.balanceChanges, ...entry.nonceChanges]) {
          expect(index).toMatch(uint);
          expect(value).toMatch(uint);
        }
        for (const { code } of entry.codeChanges) expect(code).toMatch(/^0x([0-9a-f]{2})*$/);
      }
    }),
  );
});
