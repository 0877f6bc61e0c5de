import { type Machine, machineLine } from "./machine.ts";
import type { Spread } from "./statistics.ts";
import { geometricMean } from "./statistics.ts";
import type { BenchmarkRow, OurFigures } from "./types.ts";

export interface ExecutorReport {
  machine: Machine;
  /** The options that it ran with. */
  options: Record<string, string | number | boolean>;
  rows: BenchmarkRow[];
  seconds: number;
}

const COLUMNS = [
  "",
  "plan",
  "exec",
  "validation",
  "state root",
  "total",
  "seal",
  "vs stock",
  "vs 1 lane",
  "again",
  "critical",
];

/** One block's table, shown as soon as it is measured. */
export function formatRow(row: BenchmarkRow): string {
  const { stock } = row;
  const head =
    `${row.workload}${row.section === "workloads" ? `, list: ${row.declared}` : ""}  ` +
    `${row.transactions} txs, ${megaGas(row)} Mgas${row.reverts > 0 ? `, ${row.reverts} revert` : ""}; ` +
    `recovery: stock ${cell(stock.recovery)}${row.recovery === undefined ? "" : `, ours ${cell(row.recovery)}`}`;
  const lines = [
    [
      "stock",
      "",
      cell(stock.execute),
      "",
      cell(stock.root),
      cell(stock.total),
      stock.sealMs.toFixed(0),
      "1.00",
      "",
      "",
      "",
    ],
    ...row.ours.map((each) => [
      nameOf(each),
      cell(each.plan),
      cell(each.execute),
      cell(each.validate),
      cell(each.root),
      cell(each.total),
      cell(each.seal),
      each.againstStock.toFixed(2),
      each.lanes === 1 ? "" : each.againstOneLane.toFixed(2),
      percent(each.reExecutedShare),
      percent(each.criticalPathShare),
    ]),
  ];
  return `${head}\n${table([COLUMNS, ...lines])}\n`;
}

/** All blocks, a line each: medians. */
export function formatSummary({ rows, seconds }: ExecutorReport): string {
  const parts: string[] = [];
  for (const section of ["workloads", "mainnet blocks"] as const) {
    const chosen = rows.filter((row) => row.section === section);
    if (chosen.length > 0) parts.push(`${section}, medians in ms\n${summaryTable(chosen)}\n${means(chosen)}`);
  }
  return [...parts, legend(seconds)].join("\n\n");
}

export function formatHead(machine: Machine): string {
  return machineLine(machine);
}

function summaryTable(rows: BenchmarkRow[]): string {
  const names = [...new Set(rows.flatMap(({ ours }) => ours.map(({ name }) => name)))];
  const shown = names.filter((name) => !name.endsWith("forced"));
  const header = [
    ["workload", "list", "txs", "Mgas", "recov.", "stock"],
    ...shown.map((name) => [
      `${name}: exec`,
      "val.",
      "root",
      "total",
      name === "1 lane" ? "vs stock" : "vs 1 lane",
    ]),
    ["again", "critical"],
  ].flat();
  const lines = rows.map((row) => {
    const last = row.ours.at(-1);
    return [
      [row.workload, row.declared, String(row.transactions), megaGas(row)],
      [`${row.stock.recovery.median.toFixed(0)}/${row.recovery?.median.toFixed(0) ?? "-"}`],
      [row.stock.total.median.toFixed(0)],
      ...shown.map((name) => summaryCells(row.ours.find((each) => each.name === name))),
      [percent(last?.reExecutedShare ?? 0), percent(last?.criticalPathShare ?? 1)],
    ].flat();
  });
  return table([header, ...lines]);
}

function summaryCells(figures: OurFigures | undefined): string[] {
  if (figures === undefined) return ["", "", "", "", ""];
  const { plan, execute, validate, root, total, lanes } = figures;
  const ratio = lanes === 1 ? figures.againstStock : figures.againstOneLane;
  const milliseconds = [plan.median + execute.median, validate.median, root.median, total.median];
  return [...milliseconds.map((value) => value.toFixed(0)), ratio.toFixed(2)];
}

function means(rows: BenchmarkRow[]): string {
  const names = [...new Set(rows.flatMap(({ ours }) => ours.map(({ name }) => name)))];
  if (names.length === 0) return "ours: not measured";
  const parts = names
    .filter((name) => rows.every(({ ours }) => ours.some((each) => each.name === name)))
    .map((name) => {
      const ratios = rows.flatMap(({ ours }) => ours.filter((each) => each.name === name));
      return `${name} ${geometricMean(ratios.map(({ againstStock }) => againstStock)).toFixed(2)}`;
    });
  return `geometric mean against stock: ${parts.join(", ")}`;
}

function legend(seconds: number): string {
  return [
    "total: stock = transactions, commit, flush and state root; ours = plan, execution, validation and state root. Validation",
    "is the coordinator's, while lanes go on. seal, in no total: roots of transactions and receipts, bloom; ours with header",
    "and block access list, stock's measured once. recov.: stock/ours.",
    "forced: lanes are used however little work there is; shown where the threshold would keep the block in one lane.",
    "Mainnet blocks are always forced; footprints: the planner is told beside each transaction what it touches.",
    "again: transactions run again; critical: gas of the heaviest chain. Ratios above 1 are faster. Medians (min–max), ms.",
    `All runs agreed on state root, receipts root and gas. ${seconds.toFixed(0)} s in total.`,
  ].join("\n");
}

function nameOf({ name, lanes, lanesUsed }: OurFigures): string {
  return lanes > 1 && lanesUsed <= 1 ? `${name} (one used)` : name;
}

function megaGas({ gasUsed }: BenchmarkRow): string {
  return (Number(gasUsed) / 1e6).toFixed(1);
}

function cell({ median, min, max }: Spread): string {
  const digits = max < 10 ? 1 : 0;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

/** Names to the left, figures to the right. */
function table(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  const pad = (text: string, i: number) =>
    i === 0 || /^[a-z]/.test(lines[1]?.[i] ?? "")
      ? text.padEnd(widths[i] ?? 0)
      : text.padStart(widths[i] ?? 0);
  return lines.map((cells) => `  ${cells.map(pad).join("  ").trimEnd()}`).join("\n");
}
