import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ExecutedBlock } from "../executor/index.ts";
import type { Selection } from "./block-builder/selectTransactions.ts";
import { createExecutionMetrics } from "./executionMetrics.ts";

export interface SequencerMetrics {
  blockSealed(executed: ExecutedBlock, selection: Selection, buildMs: number): void;
  persistRetried(): void;
  /** The lanes gave another block than the sequential run, which was kept. */
  shadowDiffered(): void;
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
  const build = new Histogram({
    name: "braid_block_build_seconds",
    help: "From choosing a block's transactions to its announcement",
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  });
  const execution = createExecutionMetrics(registry);
  return {
    blockSealed(executed, selection, buildMs) {
      const { block, skipped: left } = executed;
      height.set(block.header.number);
      transactions.inc(block.transactions.length);
      gas.inc(Number(block.header.gasUsed));
      skipped.inc(left.length);
      for (const rule of selection.closedBy) closedBy.inc({ rule });
      build.observe(buildMs / 1000);
      execution.blockExecuted(executed);
    },
    persistRetried: () => retries.inc(),
    shadowDiffered: () => execution.shadowDiffered(),
  };
}
