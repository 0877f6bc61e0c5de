import type { Spread } from "../executor/statistics.ts";
import type { RpcReport, RpcRow } from "./types.ts";

const HEADERS = [
  "read",
  "load",
  "node",
  "calls/s (min to max)",
  "p50 ms",
  "p99 ms",
  "CPU µs a call",
  "bytes",
];

const round = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const loadOf = ({ shape }: RpcRow) =>
  `${shape.connections} × ${shape.batch === 1 ? "1" : `batch ${shape.batch}`}`;
const ranged = ({ median, min, max }: Spread) => `${round(median)} (${round(min)} to ${round(max)})`;

function cells(row: RpcRow): string[] {
  return [
    row.case,
    loadOf(row),
    row.node,
    ranged(row.perSecond),
    round(row.p50.median),
    round(row.p99.median),
    round(row.cpu.median),
    row.bytes.toFixed(0),
  ];
}

const line = (columns: string[]) => `| ${columns.join(" | ")} |`;

/** A Markdown row. */
export const formatRow = (row: RpcRow): string => line(cells(row));

const formatHead = (): string => [line(HEADERS), line(HEADERS.map(() => "---"))].join("\n");

/** How the first node does beside each other, by case and load: calls a second, above 1 is faster. */
function formatSummary({ rows }: RpcReport): string {
  const first = rows[0]?.node;
  const lines = rows.flatMap((row) => {
    if (row.node === first) return [];
    const ours = rows.find((one) => one.node === first && one.case === row.case && one.shape === row.shape);
    if (ours === undefined) return [];
    const speed = ours.perSecond.median / row.perSecond.median;
    const tail = ours.p99.median / row.p99.median;
    const cpu = ours.cpu.median / row.cpu.median;
    return [
      line([
        row.case,
        loadOf(row),
        `${first} / ${row.node}`,
        speed.toFixed(2),
        tail.toFixed(2),
        cpu.toFixed(2),
      ]),
    ];
  });
  const headers = ["read", "load", "nodes", "calls/s", "p99", "CPU a call"];
  return [line(headers), line(headers.map(() => "---")), ...lines, ""].join("\n");
}

/** Two Markdown tables: what was measured, and ratios. */
export function formatReport(report: RpcReport): string {
  return [formatHead(), ...report.rows.map(formatRow), "", formatSummary(report)].join("\n");
}
