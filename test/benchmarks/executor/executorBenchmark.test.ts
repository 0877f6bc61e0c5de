import { expect, test } from "vitest";
import { EMPTY_BYTES } from "../../../protocol/index.ts";
import { type BenchmarkRow, formatRow, formatSummary, runExecutorBenchmark } from "./index.ts";
import { expectSameResult } from "./ourLanes.ts";

test("the benchmark runs a mixed block on both sides, declared and not", { timeout: 120_000 }, async () => {
  const rows: BenchmarkRow[] = [];
  const report = await runExecutorBenchmark({
    gas: 600_000,
    lanes: 2,
    accounts: 0,
    repeat: 2,
    warmups: 1,
    coldStock: false,
    only: "mixed",
    progress: () => undefined,
    onRow: (row) => rows.push(row),
  });
  expect(report.rows).toEqual(rows);
  expect(rows.map(({ declared }) => declared)).toEqual(["none", "exact"]);
  for (const { ours, stock, reverts, transactions } of rows) {
    expect(ours.map(({ name }) => name)).toContain("1 lane");
    expect(ours.some(({ lanes }) => lanes === 2)).toBe(true);
    expect(stock.total.min).toBeGreaterThan(0);
    expect(reverts).toBe(1);
    expect(transactions).toBeGreaterThan(5);
  }
  const text = [...rows.map(formatRow), formatSummary(report)].join("\n");
  expect(text).toContain("mixed, list: exact");
  expect(text).toContain("vs stock");
  expect(text).not.toMatch(/NaN|undefined/);
});

test("a difference between the sides ends the benchmark", () => {
  const stock = { stateRoot: EMPTY_BYTES, receiptsRoot: EMPTY_BYTES, gasUsed: 21_000n, reverts: 0 };
  expect(() => expectSameResult("1 lane", { ...stock }, stock)).not.toThrow();
  for (const change of [
    { stateRoot: Uint8Array.of(1) },
    { receiptsRoot: Uint8Array.of(1) },
    { gasUsed: 21_001n },
    { reverts: 1 },
  ]) {
    expect(() => expectSameResult("1 lane", { ...stock, ...change }, stock)).toThrow(/1 lane/);
  }
});
