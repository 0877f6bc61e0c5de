import { expect, test } from "vitest";
import type { BlockInput } from "../../protocol/index.ts";
import { DevPacing } from "./devPacing.ts";
import { Snapshots } from "./snapshots.ts";

const NOW = 1_000_000;

function pacing(head = NOW) {
  let now = NOW * 1000;
  const made = new DevPacing({ blockIntervalMs: 100, now: () => now }, { timestamp: head });
  const wait = (seconds: number) => {
    now += seconds * 1000;
  };
  const next = (parent: number) => made.adjust(input, { timestamp: parent }).timestamp;
  return { made, wait, next };
}

const bytes = new Uint8Array(32);
const input: BlockInput = {
  ...{ number: 2, parentHash: bytes, timestamp: 0, baseFeePerGas: 7n, gasLimit: 30n, coinbase: bytes },
  ...{ prevRandao: bytes, extraData: bytes, parentBeaconBlockRoot: bytes, transactions: [] },
};

test("the clock is the machine's plus an offset, and never behind the parent", () => {
  const { made, wait, next } = pacing();
  expect(next(NOW)).toBe(NOW);
  expect(made.increaseTime(100)).toBe(100);
  wait(5);
  expect(next(NOW)).toBe(NOW + 105);
  expect(next(NOW + 500)).toBe(NOW + 500);
  expect(made.setTime(NOW + 205)).toBe(100);
  expect(made.setTime(10)).toBe(0);
  expect(next(NOW)).toBe(NOW);
});

test("the next block's timestamp is for one block, and the clock goes on from it", () => {
  const { made, wait, next } = pacing();
  made.setNextTimestamp(NOW + 1000, { timestamp: NOW });
  expect(next(NOW)).toBe(NOW + 1000);
  made.sealed({ timestamp: NOW + 1000 });
  wait(3);
  expect(next(NOW + 1000)).toBe(NOW + 1003);
  expect(() => made.setNextTimestamp(NOW, { timestamp: NOW + 1 })).toThrow("is lower than previous block's");
});

test("an interval of timestamps goes before the clock", () => {
  const { made, next } = pacing();
  expect(made.setTimestampInterval(7)).toBe(false);
  expect(next(NOW + 20)).toBe(NOW + 27);
  expect(made.setTimestampInterval(undefined)).toBe(true);
  expect(next(NOW)).toBe(NOW);
});

test("after a restart the clock is not behind the head", () => {
  const { next, wait } = pacing(NOW + 3600);
  wait(2);
  expect(next(NOW + 3600)).toBe(NOW + 3602);
});

test("base fee and prevRandao are for one block, gas limit and coinbase for all", () => {
  const { made } = pacing();
  const coinbase = new Uint8Array(20).fill(1);
  made.override({ baseFeePerGas: 9n, prevRandao: coinbase, gasLimit: 50n, coinbase });
  expect(made.adjust(input, { timestamp: 0 })).toMatchObject({ baseFeePerGas: 9n, prevRandao: coinbase });
  expect(made.lasting(input)).toMatchObject({ baseFeePerGas: 7n, gasLimit: 50n, coinbase });
  made.sealed({ timestamp: NOW });
  expect(made.adjust(input, { timestamp: 0 })).toMatchObject({
    ...{ baseFeePerGas: 7n, prevRandao: bytes, gasLimit: 50n, coinbase },
  });
});

test("each mode has its own pace, and a change of it wakes who waits", async () => {
  const { made } = pacing();
  const due = (hasWork: boolean, now: number) => made.untilDue({ now, lastSealedAt: 1000, hasWork });
  expect([due(true, 1000), due(true, 1200), due(false, 9_999_999)]).toEqual([
    100,
    0,
    Number.POSITIVE_INFINITY,
  ]);
  const changed = made.changed(new AbortController().signal);
  made.setMode({ kind: "manual" });
  await changed;
  expect(due(true, 9_999_999)).toBe(Number.POSITIVE_INFINITY);
  made.setMode({ kind: "interval", seconds: 2 });
  expect([due(true, 1000), due(false, 2500), due(false, 3000)]).toEqual([2000, 500, 0]);
});

test("a snapshot is used once, with those after it; numbers are never used twice", () => {
  const snapshots = new Snapshots();
  const at = (block: number) => ({ block, time: block * 10 });
  expect([1, 2, 3].map((block) => snapshots.take(at(block)))).toEqual(["0x0", "0x1", "0x2"]);
  expect(snapshots.use(1)).toEqual(at(2));
  expect([snapshots.use(1), snapshots.use(2), snapshots.use(9)]).toEqual([undefined, undefined, undefined]);
  expect(snapshots.take(at(5))).toBe("0x3");
  snapshots.forgetAfter(4);
  expect([snapshots.use(3), snapshots.use(0)]).toEqual([undefined, at(1)]);
});
