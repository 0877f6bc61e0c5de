import type { Common } from "@ethereumjs/common";
import {
  type BlockInput,
  BraidError,
  bytesEqual,
  bytesToHex,
  decodeTransaction,
} from "../../../protocol/index.ts";
import type { ExecutorReport } from "./formatReport.ts";
import { machine } from "./machine.ts";
import { measureMainnetBlocks } from "./mainnet/measureMainnetBlocks.ts";
import { type Contest, measure } from "./measure.ts";
import { laneSettings, OurLanes } from "./ourLanes.ts";
import { type Prepared, prepareBlocks } from "./prepareBlock.ts";
import { stockCommon } from "./stockCommon.ts";
import { runStock } from "./stockRun.ts";
import type { BenchmarkRow } from "./types.ts";
import { WORKLOADS } from "./workloads.ts";
import { createWorld, type World } from "./world.ts";

export { type ExecutorReport, formatHead, formatRow, formatSummary } from "./formatReport.ts";
export { machine } from "./machine.ts";
export type { BenchmarkRow } from "./types.ts";

export interface ExecutorBenchmarkOptions {
  /** Gas of each block, about. */
  gas: number;
  /** Most lanes. */
  lanes: number;
  /** Accounts that only fill the state. */
  accounts: number;
  repeat: number;
  warmups: number;
  /** True: stock starts each block with empty caches, and not with all that the block touches. */
  coldStock: boolean;
  /** Only workloads whose name holds it; "mainnet" names the second section. */
  only?: string | undefined;
  progress: (line: string) => void;
  /** Called with each row as soon as it is measured. */
  onRow: (row: BenchmarkRow) => void;
}

/** Runs of each block in lanes alone, before anything is timed: a node's threads have run thousands. */
const THREAD_WARMUPS = 12;
/** Runs of the block that holds a bit of everything, before anything is timed. */
const JIT_ROUNDS = 3;

/**
 * The executor against stock EthereumJS, block by block. A workload's block follows genesis; both sides run the same
 * signed transactions on the same state, again and again. Any difference in their results is an error.
 */
export async function runExecutorBenchmark(options: ExecutorBenchmarkOptions): Promise<ExecutorReport> {
  const started = performance.now();
  const on = machine();
  const rows: BenchmarkRow[] = [];
  const keep = (row: BenchmarkRow) => {
    rows.push(row);
    options.onRow(row);
  };
  const chosen = WORKLOADS.filter(({ name }) => options.only === undefined || name.includes(options.only));
  if (chosen.length > 0) await measureWorkloads(chosen, options, keep);
  const mainnet = await measureMainnetBlocks(options, keep);
  if (chosen.length === 0 && mainnet === 0) {
    throw new BraidError("BENCH_NOTHING", `no workload's name holds "${options.only}"`, {
      hint: `There are: ${WORKLOADS.map(({ name }) => name).join("; ")}; mainnet.`,
    });
  }
  const { gas, lanes, accounts, repeat, warmups, coldStock } = options;
  return {
    machine: on,
    options: { gas, lanes, accounts, repeat, warmups, coldStock },
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

async function measureWorkloads(
  workloads: typeof WORKLOADS,
  options: ExecutorBenchmarkOptions,
  onRow: (row: BenchmarkRow) => void,
): Promise<void> {
  const world = await createWorld(options.gas, options.accounts, options.progress);
  const common = stockCommon(world.genesis.config.chainId);
  const ours: OurLanes[] = [];
  try {
    options.progress("starting executors");
    for (const setting of laneSettings(options.lanes))
      ours.push(await OurLanes.start(setting, world.genesis));
    const [first] = ours;
    if (first === undefined) return;
    await expectSameGenesis(world, first);
    const contestOf = (block: Prepared) => workloadContest(common, world, ours, block, options.coldStock);
    const prepare = (workload: (typeof WORKLOADS)[number]) =>
      prepareBlocks(common, world, first.genesisHash, workload);
    for (const workload of WORKLOADS.filter(({ name }) => name.startsWith("hybrid"))) {
      options.progress("warming up");
      const [block] = await prepare(workload);
      if (block !== undefined) await measure(contestOf(block), { warmups: JIT_ROUNDS, repeat: 0 });
    }
    for (const workload of workloads) {
      for (const block of await prepare(workload)) {
        options.progress(`${block.workload}, list: ${block.declared}`);
        onRow(await measure(contestOf(block), options));
      }
    }
  } finally {
    for (const each of ours) await each.stop();
  }
}

async function expectSameGenesis(world: World, { genesisRoot }: OurLanes): Promise<void> {
  const stockRoot = await world.stockState.getStateRoot();
  if (bytesEqual(stockRoot, genesisRoot)) return;
  throw new BraidError(
    "BENCH_DIFFERENT",
    `the genesis roots differ: stock ${bytesToHex(stockRoot)}, ours ${bytesToHex(genesisRoot)}`,
  );
}

function workloadContest(
  common: Common,
  world: World,
  ours: OurLanes[],
  { workload, declared, input, reverts, touched }: Prepared,
  cold: boolean,
): Contest {
  const job = { common, base: world.stockState, touched: cold ? [] : touched, seals: new Map() };
  return {
    section: "workloads",
    workload,
    declared,
    transactions: input.transactions.length,
    stock: () => runStock(job, input),
    ours: ours.map((each) => ({ setting: each.setting, run: () => each.run(redecoded(input)) })),
    recover: () => {
      const started = performance.now();
      for (const { raw } of input.transactions) decodeTransaction(raw);
      return performance.now() - started;
    },
    threadWarmups: THREAD_WARMUPS,
    expected: { reverts },
  };
}

/** New objects for each run: nothing that a run leaves on a transaction helps the next. */
function redecoded(input: BlockInput): BlockInput {
  return {
    ...input,
    transactions: input.transactions.map(({ raw, sender }) => decodeTransaction(raw, { sender })),
  };
}
