import { describe, expect, it } from "vitest";
import { createLaneEvm } from "./laneEvm.ts";
import { runStateTest } from "./testSupport/stateTest.ts";
import { stateTestArchive, stateTestsOf } from "./testSupport/stateTestArchive.ts";

/** One file of so many; 1 runs all 10,557 tests, twice, in some minutes. */
const STEP = Number(process.env["STATE_TEST_STEP"] ?? 60);

const archive = stateTestArchive();
const absent = archive === undefined ? " (skipped: shared data is absent)" : "";

describe.skipIf(archive === undefined)(`the official state tests${absent}`, () => {
  for (const [what, synchronous] of [
    ["with state at once", true],
    ["with EthereumJS's trie", false],
  ] as const) {
    it(`pass in the lanes' EVM ${what}`, { timeout: 900_000 }, async () => {
      const failures: string[] = [];
      let count = 0;
      for (const [name, test] of stateTestsOf(archive ?? "", STEP)) {
        const failure = await runStateTest(test, createLaneEvm, synchronous);
        if (failure !== undefined) failures.push(`${name}: ${failure}`);
        count++;
      }
      expect(failures).toEqual([]);
      expect(count).toBeGreaterThan(0);
    });
  }
});
