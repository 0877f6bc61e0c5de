import { expectSameResult, type LaneSetting } from "./ourLanes.ts";
import { spreadOf } from "./statistics.ts";
import type { BenchmarkRow, BlockResult, OurFigures, OurSample, StockFigures, StockSample } from "./types.ts";

/** One way of ours to run the block. */
export interface OurSide {
  setting: LaneSetting;
  run: () => Promise<{ result: BlockResult; sample: OurSample }>;
}

/** A block on both sides. */
export interface Contest {
  section: BenchmarkRow["section"];
  workload: string;
  declared: BenchmarkRow["declared"];
  transactions: number;
  stock: () => Promise<{ result: BlockResult; sample: StockSample }>;
  ours: OurSide[];
  /** Decodes and recovers as our node does; milliseconds. */
  recover?: () => number;
  /** More warm-ups for sides with threads, which are new and have compiled nothing yet; the main thread's code is hot. */
  threadWarmups?: number;
  /** Known from outside, where it is: both sides must reach it. */
  expected?: Partial<BlockResult>;
}

export interface Repetition {
  warmups: number;
  repeat: number;
}

/**
 * Runs the sides in turn, first another one each round, so that what disturbs the machine (and the garbage that a run leaves) meets
 * all alike, with as many warm-ups each. Every run, warm-ups too, must give the same state root, receipts root and gas.
 */
export async function measure(contest: Contest, { warmups, repeat }: Repetition): Promise<BenchmarkRow> {
  const stock: StockSample[] = [];
  const ours = new Map<OurSide, OurSample[]>(contest.ours.map((side) => [side, []]));
  const recovery: number[] = [];
  let agreed: BlockResult | undefined;
  const agree = (who: string, result: BlockResult) => {
    agreed ??= { ...result, ...contest.expected };
    expectSameResult(`${contest.workload}, list: ${contest.declared}, ${who}`, result, agreed);
  };
  for (const side of contest.ours.filter(({ setting }) => setting.lanes > 1)) {
    for (let i = 0; i < (contest.threadWarmups ?? 0); i++) {
      const { result } = await side.run();
      agree(side.setting.name, result);
    }
  }
  for (let round = -warmups; round < repeat; round++) {
    const timed = round >= 0;
    const stockTurn = async () => {
      const { result, sample } = await contest.stock();
      agree("stock", result);
      if (timed) stock.push(sample);
    };
    const ourTurn = async (side: OurSide, samples: OurSample[]) => {
      const { result, sample } = await side.run();
      agree(side.setting.name, result);
      if (timed) samples.push(sample);
      // Above the threshold the two settings are one and the same.
      else if (!side.setting.forced && sample.lanes > 1) dropForced(ours, side.setting.lanes);
    };
    const turns = [
      stockTurn,
      ...[...ours].map(
        ([side, samples]) =>
          () =>
            ourTurn(side, samples),
      ),
    ];
    const first = Math.max(0, round) % turns.length;
    for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) await turn();
    if (timed && contest.recover !== undefined) recovery.push(contest.recover());
  }
  const figures = stockFigures(stock);
  const gasUsed = agreed?.gasUsed ?? 0n;
  return {
    section: contest.section,
    workload: contest.workload,
    declared: contest.declared,
    transactions: contest.transactions,
    gasUsed,
    reverts: agreed?.reverts ?? 0,
    recovery: recovery.length > 0 ? spreadOf(recovery) : undefined,
    stock: figures,
    ours: ourFigures(ours, contest.transactions, gasUsed, figures.total.median),
  };
}

function dropForced(ours: Map<OurSide, OurSample[]>, lanes: number): void {
  for (const side of ours.keys()) {
    if (side.setting.forced && side.setting.lanes === lanes) ours.delete(side);
  }
}

function stockFigures(samples: StockSample[]): StockFigures {
  const of = (pick: (sample: StockSample) => number) => spreadOf(samples.map(pick));
  return {
    recovery: of(({ recoveryMs }) => recoveryMs),
    execute: of(({ executeMs }) => executeMs),
    root: of(({ rootMs }) => rootMs),
    sealMs: samples[0]?.sealMs ?? Number.NaN,
    total: of(({ executeMs, rootMs }) => executeMs + rootMs),
  };
}

function ourFigures(
  ours: Map<OurSide, OurSample[]>,
  transactions: number,
  gasUsed: bigint,
  stockTotal: number,
): OurFigures[] {
  const figures = [...ours].map(([{ setting }, samples]) => {
    const of = (pick: (sample: OurSample) => number) => spreadOf(samples.map(pick));
    const total = of(({ totalMs }) => totalMs);
    return {
      ...setting,
      lanesUsed: samples.at(-1)?.lanes ?? 0,
      plan: of(({ planMs }) => planMs),
      execute: of(({ executeMs }) => executeMs),
      validate: of(({ validateMs }) => validateMs),
      root: of(({ rootMs }) => rootMs),
      seal: of(({ sealMs }) => sealMs),
      total,
      reExecutedShare: of(({ reExecuted }) => reExecuted).median / Math.max(1, transactions),
      criticalPathShare:
        of(({ criticalPathGas }) => Number(criticalPathGas)).median / Math.max(1, Number(gasUsed)),
      againstStock: stockTotal / total.median,
    };
  });
  const oneLane = figures.find(({ lanes }) => lanes === 1)?.total.median ?? Number.NaN;
  return figures.map((each) => ({ ...each, againstOneLane: oneLane / each.total.median }));
}
