import { rpcCases } from "./cases.ts";
import { mineChain, planChain } from "./chainData.ts";
import { compareNodes, type MeasureOptions, measureNodes } from "./measureNodes.ts";
import { CHAIN_ID, startAnvilNode, startBraidNode } from "./startNodes.ts";
import type { RpcReport, RpcRow } from "./types.ts";

export { formatReport, formatRow } from "./formatReport.ts";
export type { RpcReport, RpcRow } from "./types.ts";

export interface RpcBenchmarkOptions extends MeasureOptions {
  /** Logs on the chain, about. */
  logs: number;
  /** Cases whose name holds it. */
  only?: string;
  progress(line: string): void;
  onRow(row: RpcRow): void;
}

/**
 * Reads over HTTP from Braid and Anvil that hold the same transactions in the same blocks, a round on each in turn.
 * Answers are compared first; one that differs ends the run. The load runs in this process.
 */
export async function runRpcBenchmark(options: RpcBenchmarkOptions): Promise<RpcReport> {
  const { logs, rounds, roundMs, only = "", progress } = options;
  progress("signing");
  const { blocks, data } = planChain(CHAIN_ID, logs);
  const report: RpcReport = { logs, rounds, roundMs, rows: [] };
  const braid = await startBraidNode();
  try {
    const anvil = await startAnvilNode();
    try {
      const nodes = [braid, anvil];
      for (const node of nodes) await mineChain(node, blocks, progress);
      progress("restarting Braid");
      await braid.restart();
      for (const measured of rpcCases(data).filter(({ name }) => name.includes(only))) {
        progress(measured.name);
        await compareNodes(nodes, measured);
        for (const shape of measured.shapes) {
          const rows = await measureNodes(nodes, measured, shape, { rounds, roundMs });
          for (const row of rows) options.onRow(row);
          report.rows.push(...rows);
        }
      }
    } finally {
      await anvil.stop();
    }
  } finally {
    await braid.stop();
  }
  return report;
}
