import { cpus } from "node:os";
import type { EndToEndReport, PhaseReport } from "./index.ts";

const HEADERS = ["node", "run", "tx", "tx/s", "p50 ms", "p99 ms", "lost", "CPU s per 1,000 tx"];

export function formatReport(report: EndToEndReport): string {
  const rows = report.phases.map(row);
  const widths = HEADERS.map((header, i) =>
    Math.max(header.length, ...rows.map((cells) => cells[i]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const refused = report.phases.flatMap(({ node, run, load }) =>
    Object.entries(load.refusals).map(
      ([message, times]) => `${node}, ${run}: answered ${times} times "${message}"`,
    ),
  );
  const processors = cpus();
  return [
    `Plain transfers from ${report.accounts} accounts over HTTP, from send to receipt in hand.`,
    `${processors[0]?.model ?? "?"}, ${processors.length} processors, Node ${process.version}; node and load share them.`,
    "",
    line(HEADERS),
    ...rows.map(line),
    ...(refused.length > 0 ? ["", ...refused] : []),
    "",
    "Anvil seals once a second: its latency is mostly that. It keeps nothing on disk; Braid persists before it answers.",
    "",
  ].join("\n");
}

function row({ node, run, load, cpu }: PhaseReport): string[] {
  const total = cpu.reduce((sum, { seconds }) => sum + seconds, 0);
  const perThousand = (seconds: number) => ((seconds * 1_000) / Math.max(1, load.confirmed)).toFixed(2);
  const parts = cpu
    .filter(({ seconds }) => seconds > 0)
    .map(({ process, seconds }) => `${process} ${perThousand(seconds)}`);
  return [
    node,
    run,
    String(load.sent),
    load.perSecond.toFixed(0),
    load.p50.toFixed(0),
    load.p99.toFixed(0),
    String(load.lost + load.reverted),
    `${perThousand(total)}: ${parts.join(", ")}`,
  ];
}
