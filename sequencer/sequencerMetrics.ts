import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ExecutedBlock } from "../executor/index.ts";
import type { Selection } from "./block-builder/selectTransactions.ts";

export interface SequencerMetrics {
  blockSealed(executed: ExecutedBlock, selection: Selection, buildMs: number): void;
  persistRetried(): void;
}

/** What an operator watches of block building. Times in seconds, as Prometheus wants them. */
export function createSequencerMetrics(registry: Registry): SequencerMetrics {
  const registers = [registry];
  const height = new Gauge({ name: "braid_block_number", help: "Number of the latest block", registers });
  const transactions = new Counter({
    name: "braid_transactions_total",
    help: "Transactions included",
    registers,
  });
  const gas = new Counter({ name: "braid_gas_total", help: "Gas used by included transactions", registers });
  const skipped = new Counter({
    name: "braid_skipped_transactions_total",
    help: "Transactions left out at their place",
    registers,
  });
  const reExecuted = new Counter({
    name: "braid_reexecutions_total",
    help: "Transactions that ran again",
    registers,
  });
  const retries = new Counter({
    name: "braid_persist_retries_total",
    help: "Failed attempts to persist a block",
    registers,
  });
  const closedBy = new Counter({
    name: "braid_blocks_closed_total",
    help: "Blocks that a sealing rule closed to waiting transactions",
    labelNames: ["rule"],
    registers,
  });
  const lanes = new Histogram({
    name: "braid_block_lanes",
    help: "Lanes that a block ran in",
    buckets: [1, 2, 3, 4, 6, 8, 16, 32],
    registers,
  });
  const build = new Histogram({
    name: "braid_block_build_seconds",
    help: "From choosing a block's transactions to its announcement",
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  });
  const phase = new Histogram({
    name: "braid_block_phase_seconds",
    help: "Phases of execution",
    labelNames: ["phase"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });
  return {
    blockSealed({ block, report, skipped: left }, selection, buildMs) {
      height.set(block.header.number);
      transactions.inc(block.transactions.length);
      gas.inc(Number(block.header.gasUsed));
      skipped.inc(left.length);
      reExecuted.inc(report.reExecuted);
      for (const rule of selection.closedBy) closedBy.inc({ rule });
      lanes.observe(report.lanes);
      build.observe(buildMs / 1000);
      phase.observe({ phase: "plan" }, report.planMs / 1000);
      phase.observe({ phase: "execute" }, report.executeMs / 1000);
      phase.observe({ phase: "validate" }, report.validateMs / 1000);
      phase.observe({ phase: "root" }, report.rootMs / 1000);
    },
    persistRetried: () => retries.inc(),
  };
}
