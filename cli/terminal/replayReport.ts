import pc from "picocolors";
import {
  type HeaderMatch,
  matchHeader,
  type ReplayResult,
  type ReplayRun,
  totalMs,
} from "../../executor/index.ts";
import { bytesToHex } from "../../protocol/index.ts";

/** A replay as one JSON object; a run's results have the names that `eth_getBlockByNumber` and receipts give them. */
export function replayToJson({ input, runs, differences }: ReplayResult): Record<string, unknown> {
  const { environment, rules, header, transactions } = input;
  const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : bytesToHex(bytes));
  return {
    block: environment.number,
    chainId: rules.chainId,
    hardfork: rules.hardfork,
    transactions: transactions.length,
    header: {
      gasUsed: header.gasUsed === undefined ? null : Number(header.gasUsed),
      receiptsRoot: hex(header.receiptsRoot),
      logsBloom: hex(header.logsBloom),
    },
    runs: runs.map((run) => runToJson(run, matchHeader(run, input))),
    ok: differences.length === 0,
    differences,
  };
}

function runToJson(run: ReplayRun, match: HeaderMatch): Record<string, unknown> {
  return {
    lanes: run.lanes,
    usedLanes: run.usedLanes,
    gasUsed: Number(run.gasUsed),
    receiptsRoot: bytesToHex(run.receiptsRoot),
    logsBloom: bytesToHex(run.logsBloom),
    partialPreStateRoot: bytesToHex(run.partialPreStateRoot),
    partialPostStateRoot: bytesToHex(run.partialPostStateRoot),
    reExecuted: run.reExecuted,
    unanswered: run.unanswered,
    laneMs: run.laneMs.map(rounded),
    criticalPathGas: Number(run.criticalPathGas),
    ms: Object.fromEntries(
      Object.entries({ ...run.ms, total: totalMs(run) }).map(([phase, ms]) => [phase, rounded(ms)]),
    ),
    matchesHeader: {
      gasUsed: match.gasUsed ?? null,
      receiptsRoot: match.receiptsRoot ?? null,
      logsBloom: match.logsBloom ?? null,
    },
    txs: run.transactions.map((result) =>
      result.kind === "skipped"
        ? { skipped: result.reason }
        : { status: result.status, gasUsed: Number(result.gasUsed), logsHash: bytesToHex(result.logsHash) },
    ),
  };
}

function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}

const LABEL_WIDTH = 20;
const COLUMN_WIDTH = 14;

/** The same for a person: results once where the runs agree, then a column a lane count. */
export function formatReplay(result: ReplayResult, listTransactions: boolean): string {
  const colors = pc.createColors(process.stdout.isTTY === true);
  const { input, runs, differences } = result;
  const { number } = input.environment;
  const { hardfork, chainId } = input.rules;
  const lines = [
    colors.bold(`block ${number}`) +
      `  ${hardfork}, chain ${chainId}, ${grouped(input.transactions.length)} transactions`,
    "",
  ];
  for (const run of runs) lines.push(...resultLines(run, matchHeader(run, input)), "");
  lines.push(...timeTable(runs));
  if (listTransactions) lines.push("", ...transactionLines(runs));
  lines.push("");
  if (differences.length === 0) lines.push(colors.green(`✔ ${agreement(result)}`));
  for (const difference of differences) lines.push(colors.red(`✘ ${difference}`));
  return `${lines.join("\n")}\n`;
}

function resultLines(run: ReplayRun, match: HeaderMatch): string[] {
  const said = (same: boolean | undefined) =>
    same === undefined ? "" : same ? "  as in the header" : "  NOT as in the header";
  return [
    run.lanes === 1 ? "one lane" : `${run.lanes} lanes`,
    row("gas used", grouped(run.gasUsed) + said(match.gasUsed)),
    row("receipts root", bytesToHex(run.receiptsRoot) + said(match.receiptsRoot)),
    row("logs bloom", shortened(bytesToHex(run.logsBloom)) + said(match.logsBloom)),
    row("partial pre root", bytesToHex(run.partialPreStateRoot)),
    row("partial post root", bytesToHex(run.partialPostStateRoot)),
  ];
}

function timeTable(runs: ReplayRun[]): string[] {
  const columns = (label: string, cell: (run: ReplayRun) => string) =>
    `  ${label.padEnd(LABEL_WIDTH)}${runs.map((run) => cell(run).padStart(COLUMN_WIDTH)).join("")}`;
  const phases = ["recovery", "plan", "execute", "receipts", "root"] as const;
  return [
    columns("", ({ lanes }) => (lanes === 1 ? "one lane" : `${lanes} lanes`)),
    ...phases.map((phase) => columns(`${phase}, ms`, ({ ms }) => ms[phase].toFixed(1))),
    columns("plan to root, ms", (run) => totalMs(run).toFixed(1)),
    columns("lanes with work", ({ usedLanes }) => String(usedLanes)),
    columns("lost by lanes", ({ unanswered }) => String(unanswered)),
    columns("re-executed", ({ reExecuted }) => String(reExecuted)),
    columns("critical path, gas", ({ criticalPathGas }) => grouped(criticalPathGas)),
  ];
}

/** One line a transaction, of the first run; where another run differs, its line follows. */
function transactionLines(runs: ReplayRun[]): string[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const line = (run: ReplayRun, i: number): string => {
    const result = run.transactions[i];
    if (result === undefined || result.kind === "skipped") return `left out: ${result?.reason ?? "unknown"}`;
    return `${result.status}  ${grouped(result.gasUsed).padStart(12)}  ${bytesToHex(result.logsHash)}`;
  };
  return [
    "  index  status  gas used  logs hash",
    ...first.transactions.flatMap((_, i) => {
      const expected = line(first, i);
      const index = `  ${String(i).padStart(5)}  `;
      const different = others.filter((run) => line(run, i) !== expected);
      return [index + expected, ...different.map((run) => `${index}${line(run, i)}  in ${run.lanes} lanes`)];
    }),
  ];
}

function agreement({ input, runs }: ReplayResult): string {
  const compared = input.header.receiptsRoot === undefined ? "" : "; gas, receipts root as in the header";
  return `${runs.length > 1 ? "the same in one lane and in several" : "run in one lane"}${compared}`;
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${value}`;
}

function grouped(value: bigint | number): string {
  return value.toLocaleString("en-US");
}

function shortened(hex: string): string {
  return `${hex.slice(0, 34)}…${hex.slice(-32)}`;
}
