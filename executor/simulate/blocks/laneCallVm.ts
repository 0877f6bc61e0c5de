import type { EVMResult } from "@ethereumjs/evm";
import type { ChainRules } from "../../engine/chainRules.ts";
import { createLaneEvm, type RawLog } from "../../evm/laneEvm.ts";
import { Tracing } from "../../trace/tracing.ts";
import { TracingVm } from "../../trace/tracingVm.ts";
import type { PrecompileMoves } from "../overrides.ts";
import type { AnswerBudget, LogCounter } from "./callWatcher.ts";

/** Hears of a transaction on our own interpreter what that tells: its logs as they are made, and how it ended. */
export class LaneTracing extends Tracing {
  result: EVMResult | undefined;
  readonly limit: AnswerBudget["limit"];
  private readonly counter: LogCounter;
  private readonly indexes = new Map<RawLog, number>();

  constructor(budget: AnswerBudget, counter: LogCounter) {
    super({ result: () => undefined }, budget, 0);
    this.limit = budget.limit;
    this.counter = counter;
  }

  override noteResult(result: EVMResult): void {
    super.noteResult(result);
    this.result = result;
  }

  noteLog(log: RawLog): void {
    if (!this.indexes.has(log)) this.indexes.set(log, this.counter.next++);
  }

  /** Its place among the block's logs. */
  indexOf(log: RawLog): number | undefined {
    return this.indexes.get(log);
  }
}

/** A VM that watches no steps and is many times faster for it. Its transactions need a {@link LaneTracing}. */
export function createLaneCallVm(rules: ChainRules, moves?: PrecompileMoves): Promise<TracingVm> {
  return TracingVm.createOn(rules, moves, createLaneEvm, (evm, tracing) => {
    const lane = tracing instanceof LaneTracing ? tracing : undefined;
    evm.pacer = lane?.limit;
    evm.onLog = lane === undefined ? undefined : (log) => lane.noteLog(log);
  });
}

/** VMs that nobody uses at the moment, by rules; at most as many as simulations ran at the same time. */
const idle = new Map<string, TracingVm[]>();

export async function withLaneCallVm<T>(rules: ChainRules, work: (vm: TracingVm) => Promise<T>): Promise<T> {
  const key = JSON.stringify(rules);
  const free = idle.get(key) ?? [];
  idle.set(key, free);
  const vm = free.pop() ?? (await createLaneCallVm(rules));
  try {
    return await work(vm);
  } finally {
    free.push(vm);
  }
}
