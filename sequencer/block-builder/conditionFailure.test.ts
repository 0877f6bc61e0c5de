import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_BYTES } from "../../protocol/index.ts";
import { MemoryState } from "../../test/support/memoryState.ts";
import {
  encodeCondition,
  splitCondition,
  type TransactionCondition,
} from "../mempool/transactionCondition.ts";
import { conditionFailure } from "./conditionFailure.ts";

const state = new MemoryState([]);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const bound = fc.bigInt({ min: 0n, max: 2n ** 64n });
const condition: fc.Arbitrary<TransactionCondition> = fc.record(
  {
    knownAccounts: fc.array(
      fc.oneof(
        fc.record({ address: bytes(20), storageRoot: bytes(32) }),
        fc.record({ address: bytes(20), slots: fc.array(fc.record({ slot: bytes(32), value: bytes(32) })) }),
      ),
      { maxLength: 4 },
    ),
    blockNumberMin: bound,
    blockNumberMax: bound,
    timestampMin: bound,
    timestampMax: bound,
  },
  { requiredKeys: ["knownAccounts"] },
);

it("a condition is stored beside the envelope and read back", () => {
  fc.assert(
    fc.property(condition, fc.uint8Array({ minLength: 1 }), (given, raw) => {
      const tail = Buffer.from(encodeCondition(given, raw));
      expect(splitCondition(tail)).toEqual({ condition: given, raw: new Uint8Array(raw) });
    }),
  );
  const envelope = Buffer.from([2, 0xc0]);
  expect(splitCondition(envelope)).toEqual({ condition: undefined, raw: new Uint8Array(envelope) });
  expect(() => splitCondition(Buffer.from([0, 0, 0]))).toThrow("ends within its condition");
  expect(() => splitCondition(Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7b, 2]))).toThrow("is not JSON");
});

it("bounds are inclusive", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), fc.nat(100), (number, min, max) => {
      const given = { knownAccounts: [], blockNumberMin: BigInt(min), blockNumberMax: BigInt(max) };
      const holds = number >= min && number <= max;
      expect(conditionFailure(given, { number, timestamp: 0 }, state) === undefined).toBe(holds);
      const times = { knownAccounts: [], timestampMin: BigInt(min), timestampMax: BigInt(max) };
      expect(conditionFailure(times, { number: 0, timestamp: number }, state) === undefined).toBe(holds);
    }),
  );
});

it("an account that is not there has an empty storage", () => {
  const address = new Uint8Array(20).fill(7);
  const block = { number: 1, timestamp: 1 };
  const zero = new Uint8Array(32);
  const slots = (value: Uint8Array) => ({ knownAccounts: [{ address, slots: [{ slot: zero, value }] }] });
  expect(conditionFailure(slots(zero), block, state)).toBeUndefined();
  expect(conditionFailure(slots(zero.slice().fill(1)), block, state)).toMatch(
    /^failed state check: slot 0x00/,
  );
  const root = Buffer.from("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", "hex");
  const rooted = (storageRoot: Uint8Array) => ({ knownAccounts: [{ address, storageRoot }] });
  expect(conditionFailure(rooted(new Uint8Array(root)), block, state)).toBeUndefined();
  expect(conditionFailure(rooted(zero), block, state)).toMatch(/^failed state check: storage root of 0x07/);
  expect(state.code(zero)).toEqual(EMPTY_BYTES);
});
