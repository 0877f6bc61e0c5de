/** What docs/batch-format.md says of sizes is what the codec makes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Row, sizesByCompressor, sizesByCount, sizesByWorkload } from "./testing/batchSizes.ts";

const document = readFileSync(new URL("../../docs/batch-format.md", import.meta.url), "utf8");

/** A row of a Markdown table, in tenths of bytes below a thousand. */
function format({ name, values }: Row): string {
  return `| ${[name, ...values.map((value) => (value < 1000 ? value.toFixed(1) : value.toFixed(0)))].join(" | ")} |`;
}

/** Other releases of the compressors may differ by this much. */
const TOLERANCE = 0.01;

function isDocumented({ name, values }: Row): boolean {
  const lines = document.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const numbers = lines.find((cells) => cells[1] === name)?.slice(2, 2 + values.length) ?? [];
  return (
    numbers.length === values.length &&
    values.every((value, index) => Math.abs(Number(numbers[index]) / value - 1) < TOLERANCE)
  );
}

describe("the documented sizes", () => {
  it.each([
    ["workload", sizesByWorkload],
    ["count", sizesByCount],
    ["compressor", sizesByCompressor],
  ])("by %s are what comes out", (_, measure) => {
    const rows = measure();
    const missing = rows.filter((row) => !isDocumented(row));
    expect(missing, `the table is now:\n${rows.map(format).join("\n")}\n`).toEqual([]);
  });

  it("keep the marks with an L1 transaction or whole blobs counted: 105 a plain transfer, 125 an ERC-20 transfer", () => {
    for (const { name, values } of sizesByWorkload()) {
      const mark = name.startsWith("plain") ? 105 : name.startsWith("ERC-20") ? 125 : undefined;
      if (mark !== undefined) for (const value of values.slice(3)) expect(value, name).toBeLessThan(mark);
    }
  });
});
