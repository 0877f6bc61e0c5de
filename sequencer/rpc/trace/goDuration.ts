const UNITS = new Map<string, number>([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** A duration as Go writes it (`5s`, `1m30s`, `250ms`) in milliseconds, or Go's words for what is wrong with it. */
export function parseGoDuration(text: string): { value: number } | { problem: string } {
  const quoted = JSON.stringify(text.slice(0, 64));
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[-+]/, "");
  if (rest === "0") return { value: 0 };
  if (rest === "") return { problem: `time: invalid duration ${quoted}` };
  let milliseconds = 0;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return { problem: `time: invalid duration ${quoted}` };
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? "";
    if (unit === "") return { problem: `time: missing unit in duration ${quoted}` };
    const factor = UNITS.get(unit);
    if (factor === undefined)
      return { problem: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    milliseconds += Number(number) * factor;
    rest = rest.slice(unit.length);
  }
  return { value: sign * milliseconds };
}
