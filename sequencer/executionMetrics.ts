import { Counter, Histogram, type Registry } from "prom-client";
import type { DeclaredList, ExecutedBlock, TransactionExecution } from "../executor/index.ts";

export interface ExecutionMetrics {
  blockExecuted(executed: Pick<ExecutedBlock, "block" | "report">): void;
  shadowDiffered(): void;
}

const RATIO_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** How blocks run. Labels take few values: lanes are at most 64, fields, verdicts and modes are fixed sets. */
export function createExecutionMetrics(registry: Registry): ExecutionMetrics {
  const instruments = { ...createCounters(registry), ...createHistograms(registry) };
  return {
    blockExecuted({ block, report }) {
      const { lanes, laneBusy, phase, criticalPath, shadowed } = instruments;
      lanes.observe(report.lanes);
      report.laneMs.forEach((ms, lane) => {
        laneBusy.inc({ lane }, ms / 1000);
      });
      phase.observe({ phase: "plan" }, report.planMs / 1000);
      phase.observe({ phase: "execute" }, report.executeMs / 1000);
      phase.observe({ phase: "validate" }, report.validateMs / 1000);
      phase.observe({ phase: "root" }, report.rootMs / 1000);
      phase.observe({ phase: "seal" }, report.sealMs / 1000);
      const { gasUsed } = block.header;
      if (gasUsed > 0n) criticalPath.observe(Number(report.criticalPathGas) / Number(gasUsed));
      instruments.reExecuted.inc(report.reExecuted);
      if (report.shadowed) shadowed.inc();
      countTransactions(instruments, block.receipts, report.transactions);
    },
    shadowDiffered: () => instruments.differences.inc(),
  };
}

type Counters = ReturnType<typeof createCounters>;

/** One pass; most blocks are plain transfers, for which nothing but two sums changes. */
function countTransactions(
  { blocks, reExecutedGas, conflicts, declaredLists }: Counters,
  receipts: { gasUsed: bigint }[],
  executions: TransactionExecution[],
): void {
  const declared = new Map<DeclaredList, number>();
  let inLanes = false;
  executions.forEach((execution, index) => {
    if (execution.lane > 0) inLanes = true;
    declared.set(execution.declared, (declared.get(execution.declared) ?? 0) + 1);
    if (execution.runs === 1) return;
    reExecutedGas.inc(Number(receipts[index]?.gasUsed ?? 0n));
    if (execution.conflict !== undefined) conflicts.inc({ field: execution.conflict.field });
  });
  blocks.inc({ mode: inLanes ? "lanes" : "inline" });
  for (const [verdict, count] of declared) declaredLists.inc({ verdict }, count);
}

function createCounters(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers: [registry] });
  return {
    blocks: counter(
      "braid_blocks_executed_total",
      "Blocks by how they ran: inline on the coordinator, or in lanes",
      "mode",
    ),
    laneBusy: counter(
      "braid_lane_busy_seconds_total",
      "Time that lanes worked; lane 0 is the coordinator",
      "lane",
    ),
    reExecuted: counter("braid_reexecutions_total", "Transactions that ran again"),
    reExecutedGas: counter("braid_reexecuted_gas_total", "Gas of the transactions that ran again"),
    conflicts: counter(
      "braid_conflicts_total",
      "First results that were refused, by the field of the location that had changed",
      "field",
    ),
    declaredLists: counter(
      "braid_declared_lists_total",
      "Transactions by how their declared access list compares with what they touched",
      "verdict",
    ),
    shadowed: counter("braid_shadow_blocks_total", "Blocks that were also run one transaction at a time"),
    differences: counter("braid_shadow_differences_total", "Shadow runs that differed from the run in lanes"),
  };
}

function createHistograms(registry: Registry) {
  const registers = [registry];
  return {
    lanes: new Histogram({
      name: "braid_block_lanes",
      help: "Lanes that a block ran in",
      buckets: [1, 2, 3, 4, 6, 8, 16, 32],
      registers,
    }),
    phase: new Histogram({
      name: "braid_block_phase_seconds",
      help: "Phases of execution",
      labelNames: ["phase"],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    criticalPath: new Histogram({
      name: "braid_block_critical_path_ratio",
      help: "Gas of a block's heaviest chain of dependent transactions against its gas; empty blocks are left out",
      buckets: RATIO_BUCKETS,
      registers,
    }),
  };
}
