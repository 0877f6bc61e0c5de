import type { BlockExecutionReport } from "../../executor/index.ts";

/** JSON of a report; bigints become decimal text, which JSON's numbers could not hold. */
export function bigIntsAsText(report: BlockExecutionReport): string {
  return JSON.stringify(report, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}
