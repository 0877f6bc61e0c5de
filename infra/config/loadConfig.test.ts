import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIELDS } from "./fields.ts";
import { ConfigError, configToEnv, fieldNames, loadConfig } from "./loadConfig.ts";

function problemsOf(env: Record<string, string>, flags = {}): string[] {
  try {
    loadConfig({ env, flags });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("loadConfig", () => {
  test("an empty environment gives the documented defaults", () => {
    const config = loadConfig({ env: {} });
    expect(config).toMatchObject({
      l2Port: 9545,
      metricsPort: 9546,
      gasLimit: 120_000_000n,
      l2ChainId: 7357,
    });
    expect(config.mempool).toEqual({
      total: 65_536,
      perSender: 4096,
      queuedPerSender: 64,
      timeToLiveMs: 3 * 3600 * 1000,
    });
    expect(config.lanes).toBeGreaterThan(0);
    expect(config.l1Url).toBeUndefined();
  });

  test("a flag goes before the environment, an empty variable is unset", () => {
    const config = loadConfig({
      env: { BRAID_L2_PORT: "1000", BRAID_LANES: "" },
      flags: { l2Port: "2000" },
    });
    expect(config.l2Port).toBe(2000);
    expect(config.metricsPort).toBe(2001);
    expect(config.lanes).toBeGreaterThan(0);
  });

  test("every problem is listed at once", () => {
    const problems = problemsOf(
      { BRAID_LANES: "many", BRAID_L1_URL: "localhost:8545", BRAID_HEARTBEET_MS: "1" },
      { l2Port: "70000" },
    );
    expect(problems).toHaveLength(4);
    for (const name of ["BRAID_LANES", "BRAID_L1_URL", "BRAID_HEARTBEET_MS", "--l2-port"]) {
      expect(problems.some((problem) => problem.includes(name))).toBe(true);
    }
  });

  test("a secret's value is never shown", () => {
    const [problem] = problemsOf({ BRAID_SEQUENCER_KEY: "0xdeadbeef" });
    expect(problem).toContain("BRAID_SEQUENCER_KEY");
    expect(problem).not.toContain("deadbeef");
  });

  test("the development key is for the development L1 only", () => {
    expect(problemsOf({ BRAID_L1_CHAIN_ID: "1" })).toEqual([expect.stringContaining("BRAID_SEQUENCER_KEY")]);
    expect(problemsOf({ BRAID_L1_CHAIN_ID: "1", BRAID_SEQUENCER_KEY: `0x${"11".repeat(32)}` })).toEqual([]);
  });

  test("no text but digits is taken for a number", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!/^\d[\d_]*$/.test(text));
        expect(problemsOf({ BRAID_BLOCK_INTERVAL_MS: text })).toHaveLength(1);
      }),
    );
  });

  test("a share is a number from 0 to 1", () => {
    expect(loadConfig({ env: {} }).shadow).toBe(0);
    for (const [given, value] of [
      ["0.01", 0.01],
      ["1", 1],
      [".5", 0.5],
      ["0", 0],
    ] as const) {
      expect(loadConfig({ env: {}, flags: { shadow: given } }).shadow).toBe(value);
    }
    for (const given of ["1.01", "-0.1", "1%", "1e-2", "NaN", "half", "0.1.2", "."]) {
      const problem = expect.stringContaining(
        `--shadow (BRAID_SHADOW): "${given}" must be a number from 0 to 1`,
      );
      expect(problemsOf({ BRAID_SHADOW: given })).toEqual([problem]);
    }
  });

  test("configToEnv gives a child the same settings", () => {
    const env = configToEnv({ l2Port: "1234", deploy: "true", dataDir: "/srv/x" });
    expect(loadConfig({ env })).toMatchObject({ l2Port: 1234, deploy: true, dataDir: "/srv/x" });
  });

  test(".env.example names every setting with its default", () => {
    const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
    for (const name of fieldNames()) {
      const field: { env: string; default?: string } = FIELDS[name];
      expect(example).toContain(`${field.env}=${field.default ?? ""}\n`);
    }
  });
});
