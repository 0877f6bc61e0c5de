import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessListEntry, bytesToHex } from "../../../protocol/index.ts";
import { compareAccessLists } from "./compareAccessLists.ts";

const account = (last: number) => new Uint8Array(20).fill(0xa0, 0, 19).fill(last, 19);
const slot = (last: number) => new Uint8Array(32).fill(last, 31);
const list: fc.Arbitrary<AccessListEntry[]> = fc.array(
  fc.record({
    address: fc.integer({ min: 0, max: 4 }).map(account),
    storageKeys: fc.array(fc.integer({ min: 0, max: 3 }).map(slot), { maxLength: 4 }),
  }),
  { maxLength: 5 },
);

/** A list as a set: `account` and `account/slot`. */
function flat(entries: readonly AccessListEntry[]): Set<string> {
  return new Set(
    entries.flatMap(({ address, storageKeys }) => [
      bytesToHex(address),
      ...storageKeys.map((key) => `${bytesToHex(address)}/${bytesToHex(key)}`),
    ]),
  );
}

test("differences are the set differences, and nothing else than what the lists have", () => {
  fc.assert(
    fc.property(list, list, (declared, touched) => {
      const { missing, superfluous } = compareAccessLists(declared, touched, []);
      const [all, seen] = [flat(declared), flat(touched)];
      for (const [found, from, to] of [
        [missing, seen, all],
        [superfluous, all, seen],
      ] as const) {
        const wanted = [...from].filter((key) => !to.has(key));
        // An account that both lists have is named once more when one of its slots differs.
        const named = [...flat(found)].filter((key) => key.includes("/") || !to.has(key));
        expect(named.sort()).toEqual(wanted.sort());
        for (const { address, storageKeys } of found) {
          expect(storageKeys.length > 0 || !to.has(bytesToHex(address))).toBe(true);
        }
      }
    }),
  );
});

test("sender and recipient need no naming, their slots do", () => {
  const [sender, other] = [account(1), account(2)];
  const touched = [
    { address: sender, storageKeys: [] },
    { address: other, storageKeys: [slot(1)] },
  ];
  expect(compareAccessLists([], touched, [sender, other])).toEqual({
    missing: [{ address: other, storageKeys: [slot(1)] }],
    superfluous: [],
  });
  expect(compareAccessLists([{ address: sender, storageKeys: [] }], [], [sender])).toEqual({
    missing: [],
    superfluous: [],
  });
});

test("a precompile may be left out, and is too much when it was not called", () => {
  const precompile = [{ address: new Uint8Array(20).fill(2, 19), storageKeys: [] }];
  expect(compareAccessLists([], precompile, [])).toEqual({ missing: [], superfluous: [] });
  expect(compareAccessLists(precompile, [], [])).toEqual({ missing: [], superfluous: precompile });
});
