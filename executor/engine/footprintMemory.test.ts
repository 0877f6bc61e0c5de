import { beforeEach, expect, test } from "vitest";
import { bigIntToBytes, keccak256, padTo32 } from "../../protocol/index.ts";
import { MemoryState } from "../../test/support/memoryState.ts";
import { CONTRACTS, genesisAccounts } from "../../test/support/randomBlocks.ts";
import type { ReadSet, WriteSet } from "./access.ts";
import { FootprintMemory } from "./footprintMemory.ts";
import { type Key, keyOf } from "./keys.ts";
import { StateOverlay } from "./stateOverlay.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

const token = CONTRACTS[0] ?? new Uint8Array(20);
const otherContract = CONTRACTS[1] ?? new Uint8Array(20);
const overlay = new StateOverlay(new MemoryState(genesisAccounts()));
const person = (n: number): Uint8Array => keccak256(Uint8Array.of(n, 77)).slice(12);
const word = (value: bigint): Uint8Array => padTo32(bigIntToBytes(value));
/** Solidity's `mapping[value]`. */
const entry = (value: Uint8Array, base: Uint8Array): Uint8Array =>
  keccak256(Buffer.concat([padTo32(value), base]));

function call(sender: Uint8Array, ...words: Uint8Array[]): LaneTransaction {
  return {
    type: 2,
    sender,
    chainId: 1n,
    nonce: 0n,
    gasLimit: 100_000n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
    to: token,
    value: 0n,
    data: Buffer.concat([Uint8Array.of(1, 2, 3, 4), ...words.map((each) => padTo32(each))]),
    accessList: [],
    authorizationList: [],
  };
}

/** What an execution that read `read` and also wrote `written` of the token would have recorded. */
function touched(read: Uint8Array[], written: Uint8Array[]): [ReadSet, WriteSet] {
  const key = keyOf(token);
  const slots = [...read, ...written].map((slot) => ({
    key,
    slot: keyOf(slot),
    value: new Uint8Array(0),
    fromBase: true,
  }));
  const account = {
    key,
    deleted: false,
    nonce: undefined,
    codeHash: undefined,
    balanceDelta: 0n,
    storageCleared: false,
    slots: written.map((slot) => ({ slot: keyOf(slot), value: Uint8Array.of(1) })),
  };
  return [
    { accounts: [], slots },
    { accounts: [account], codes: [] },
  ];
}

const at = (slot: Uint8Array): Key => keyOf(token) + keyOf(slot);
let memory: FootprintMemory;

beforeEach(() => {
  memory = new FootprintMemory();
  memory.beginBlock();
});

test("the next transfer's balances are foretold from one transfer", () => {
  const transfer = (from: number, to: number) => call(person(from), person(to), word(5n));
  const slots = (from: number, to: number): [Uint8Array[], Uint8Array[]] => [
    [word(5n)],
    [entry(person(from), word(0n)), entry(person(to), word(0n))],
  ];
  expect(memory.predict(transfer(3, 4))).toBeUndefined();
  memory.learn(transfer(1, 2), overlay, ...touched(...slots(1, 2)));
  const predicted = memory.predict(transfer(3, 4));
  expect(new Set(predicted?.reads)).toEqual(new Set([at(word(5n))]));
  expect(new Set(predicted?.writes)).toEqual(new Set(slots(3, 4)[1].map(at)));
});

test("mappings of mappings and members of structs are found", () => {
  const spend = (owner: number, spender: number) => call(person(spender), person(owner), word(5n));
  const allowance = (owner: number, spender: number) =>
    entry(person(spender), entry(person(owner), word(1n)));
  const member = (owner: number) =>
    word(BigInt(`0x${Buffer.from(entry(person(owner), word(7n))).toString("hex")}`) + 2n);
  memory.learn(spend(1, 2), overlay, ...touched([member(1)], [allowance(1, 2)]));
  const predicted = memory.predict(spend(3, 4));
  expect(new Set(predicted?.writes)).toEqual(new Set([at(allowance(3, 4))]));
  expect(new Set(predicted?.reads)).toEqual(new Set([at(member(3))]));
});

test("calls that name another contract are learned apart", () => {
  const first = call(person(1), token, word(1n));
  const second = call(person(1), otherContract, word(1n));
  memory.learn(first, overlay, ...touched([], [word(8n)]));
  memory.learn(second, overlay, ...touched([], [word(9n)]));
  expect(memory.predict(first)?.writes).toEqual([at(word(8n))]);
  expect(memory.predict(second)?.writes).toEqual([at(word(9n))]);
});

test("what a call touches besides is learned too; what never fits is learned anew", () => {
  const transaction = call(person(1), word(1n));
  const learn = (slot: bigint, times: number): void => {
    for (let i = 0; i < times; i++) memory.learn(transaction, overlay, ...touched([], [word(slot)]));
  };
  learn(8n, 4);
  // Trusted calls are looked at now and then only.
  learn(3n, 7);
  expect(memory.predict(transaction)?.writes).toEqual([at(word(8n))]);
  learn(3n, 1);
  expect(memory.predict(transaction)?.writes).toEqual([at(word(8n)), at(word(3n))]);
  for (let slot = 20n; slot < 26n; slot++) learn(slot, 1);
  expect(memory.predict(transaction)?.writes).not.toContain(at(word(8n)));
});

test("a block teaches only so much", () => {
  const calls = Array.from({ length: 60 }, (_, i) => ({ ...call(person(1)), to: person(i) }));
  for (const transaction of calls) memory.learn(transaction, overlay, ...touched([], [word(8n)]));
  const known = calls.filter((transaction) => memory.predict(transaction) !== undefined);
  expect(known.length).toBeGreaterThan(0);
  expect(known.length).toBeLessThan(calls.length);
});

test("slots that nobody writes are known as such", () => {
  memory.learn(call(person(1)), overlay, ...touched([word(1n)], [word(2n)]));
  expect(memory.isOnlyRead(at(word(1n)))).toBe(true);
  expect(memory.isOnlyRead(at(word(2n)))).toBe(false);
  memory.learn(call(person(2)), overlay, ...touched([], [word(1n)]));
  expect(memory.isOnlyRead(at(word(1n)))).toBe(false);
  memory.learn(call(person(3)), overlay, ...touched([word(1n)], []));
  expect(memory.isOnlyRead(at(word(1n)))).toBe(false);
  expect(memory.isOnlyRead(at(word(3n)))).toBe(false);
});
