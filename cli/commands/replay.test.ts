import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBraid } from "../../test/support/runBraid.ts";

const FIXTURES = fileURLToPath(new URL("../../executor/replay/fixtures/", import.meta.url));
const BLOCK = path.join(FIXTURES, "block.json");
const PRESTATE = path.join(FIXTURES, "prestate.json");
const STATE_TESTS = path.join(FIXTURES, "stateTests.json");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-replay-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const braid = (...args: string[]) => runBraid(args, { withinMs: 50_000 });

/** The JSON objects among the lines. */
function objects(output: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): Record<string, unknown> => JSON.parse(line));
}

describe("braid replay", () => {
  it("prints one JSON object with a run for each lane count", async () => {
    const { code, output } = await braid(
      "replay",
      "--block",
      BLOCK,
      "--prestate",
      PRESTATE,
      "--lanes",
      "2",
      "--json",
    );
    expect(code, output).toBe(0);
    const expected = JSON.parse(readFileSync(path.join(FIXTURES, "expected.json"), "utf8"));
    const match = { gasUsed: true, receiptsRoot: true, logsBloom: true };
    expect(objects(output)).toMatchObject([
      {
        block: 9,
        chainId: 7357,
        hardfork: "osaka",
        ok: true,
        differences: [],
        runs: [
          { lanes: 1, ...expected, matchesHeader: match, unanswered: 0 },
          { lanes: 2, ...expected, matchesHeader: match, unanswered: 0 },
        ],
      },
    ]);
  });

  it("fails on a difference and leaves a file that shows it again", async () => {
    const block = path.join(folder, "block.json");
    writeFileSync(block, JSON.stringify({ ...JSON.parse(readFileSync(BLOCK, "utf8")), gasUsed: "0x1" }));
    const repros = path.join(folder, "repros");
    const flags = ["--lanes", "1", "--repro-dir", repros];
    const first = await braid("replay", "--block", block, "--prestate", PRESTATE, ...flags);
    expect(first.code).toBe(1);
    expect(first.output).toContain("gas used 286779, the header says 1");
    const [file] = readdirSync(repros);
    const again = await braid("replay", "--repro", path.join(repros, file ?? ""), "--lanes", "1");
    expect(again.code).toBe(1);
    expect(again.output).toContain("gas used 286779, the header says 1");
  });

  it("says what is wrong with its files", async () => {
    const wrong = await braid("replay", "--block", PRESTATE, "--prestate", PRESTATE);
    expect(wrong.code).toBe(1);
    expect(wrong.output).toMatch(/^braid: .*prestate.json is not of the expected shape\n {2}number: /);
    const missing = await braid("replay", "--prestate", PRESTATE);
    expect(missing.code).toBe(1);
    expect(missing.output).toMatch(/^braid: --block and --prestate are needed, or --repro\n/);
    const both = await braid("replay", "--repro", BLOCK, "--prestate", PRESTATE);
    expect(both.code).toBe(1);
    expect(both.output).toMatch(/^braid: --repro brings all it needs: leave out --prestate\n/);
  });
});

describe("braid statetest", () => {
  it("prints one line a test", async () => {
    const { code, output } = await braid("statetest", STATE_TESTS, "--lanes", "2", "--json");
    expect(code, output).toBe(0);
    expect(objects(output)).toHaveLength(7);
    for (const line of objects(output)) {
      expect(Object.keys(line)).toEqual(["name", "pass", "fork", "stateRoot"]);
      expect(line).toMatchObject({ pass: true, stateRoot: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    }
    expect(output).toContain("1 left out: no rules for Frontier");
    expect(output).toContain("7 of 7 tests passed");
  });

  it("takes a folder, fails when a test does, and leaves a file that shows it", async () => {
    const tests = path.join(folder, "tests", "deep");
    const repros = path.join(folder, "failed");
    const text = readFileSync(STATE_TESTS, "utf8").replace(/"hash": "0x..../, '"hash": "0xdead');
    mkdirSync(tests, { recursive: true });
    writeFileSync(path.join(tests, "one.json"), text);
    const flags = ["--fork", "Osaka", "--repro-dir", repros];
    const { code, output } = await braid("statetest", path.join(folder, "tests"), ...flags);
    expect(code).toBe(1);
    expect(output).toMatch(
      /FAIL Osaka braid\/counter::counts_and_logs: state root 0x[0-9a-f]{64}, expected 0xdead/,
    );
    expect(output).toContain("4 of 5 tests passed");
    const [file] = readdirSync(repros);
    const again = await braid("replay", "--repro", path.join(repros, file ?? ""), "--lanes", "1");
    expect(again.code).toBe(1);
    expect(again.output).toMatch(/one lane: partial post root 0x[0-9a-f]{64}, expected 0xdead/);
  });

  it("says what is wrong with its source", async () => {
    for (const [args, message] of [
      [[path.join(folder, "none")], /^braid: cannot read .*none: ENOENT/],
      [[BLOCK], /^braid: .*block.json is not of the expected shape\n/],
      [[STATE_TESTS, "--fork", "Mars"], /^braid: there is no fork "Mars"\n/],
      [[STATE_TESTS, "--fork", "Prague"], /braid: no tests to run in /],
    ] as const) {
      const { code, output } = await braid("statetest", ...args);
      expect(code).toBe(1);
      expect(output).toMatch(message);
    }
  });
});
