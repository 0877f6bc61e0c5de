import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sharedData } from "../../test/support/sharedData.ts";
import { tarEntries } from "../replay/tarEntries.ts";
import { createLaneEvm } from "./laneEvm.ts";
import { runStateTest, type StateTest } from "./testSupport/stateTest.ts";

/** One file of so many; 1 runs all 10,557 tests, twice, in some minutes. */
const STEP = Number(process.env["STATE_TEST_STEP"] ?? 60);

const archive = sharedData("state-tests/osaka.tar.gz");
const absent = archive === undefined ? " (skipped: shared data is absent)" : "";

/** Every `step`th file of the archive, with its tests by name. */
function* stateTestsOf(path: string, step: number): Generator<[string, StateTest]> {
  let index = 0;
  for (const { name, bytes } of tarEntries(gunzipSync(readFileSync(path)))) {
    if (!name.endsWith(".json") || index++ % step !== 0) continue;
    const tests: Record<string, StateTest> = JSON.parse(Buffer.from(bytes).toString("utf8"));
    yield* Object.entries(tests);
  }
}

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
