import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExecutor } from "../../../executor/index.ts";
import {
  type BlockInput,
  BraidError,
  bytesEqual,
  bytesToHex,
  type Genesis,
} from "../../../protocol/index.ts";
import type { BlockResult, OurSample } from "./types.ts";

type Executor = ReturnType<typeof createExecutor>;

export interface LaneSetting {
  name: string;
  lanes: number;
  /** True: the lanes are used however little work there is. */
  forced: boolean;
}

/** 1, 2, 4, … and `most`. */
export function laneCounts(most: number): number[] {
  const counts: number[] = [];
  for (let lanes = 1; lanes < most; lanes *= 2) counts.push(lanes);
  return [...counts, most];
}

/** One lane; then each count of {@link laneCounts} forced and with the threshold that an operator gets. */
export function laneSettings(most: number): LaneSetting[] {
  return laneCounts(most).flatMap((lanes) => {
    if (lanes === 1) return [{ name: "1 lane", lanes, forced: false }];
    return [
      { name: `${lanes} lanes, forced`, lanes, forced: true },
      { name: `${lanes} lanes`, lanes, forced: false },
    ];
  });
}

/** An executor of ours that holds the genesis state, on disk in a folder of its own. Reached by its public face only. */
export class OurLanes {
  readonly setting: LaneSetting;
  readonly genesisHash: Uint8Array;
  readonly genesisRoot: Uint8Array;
  private readonly executor: Executor;
  private readonly dataDir: string;

  private constructor(
    setting: LaneSetting,
    executor: Executor,
    dataDir: string,
    genesis: { hash: Uint8Array; stateRoot: Uint8Array },
  ) {
    this.setting = setting;
    this.executor = executor;
    this.dataDir = dataDir;
    this.genesisHash = genesis.hash;
    this.genesisRoot = genesis.stateRoot;
  }

  static async start(setting: LaneSetting, genesis: Genesis): Promise<OurLanes> {
    const dataDir = await mkdtemp(join(tmpdir(), "braid-bench-executor-"));
    const { lanes, forced } = setting;
    const executor = createExecutor({ dataDir, lanes, genesis, ...(forced ? { inlineBelowMicros: 0 } : {}) });
    await executor.start();
    const initial = await executor.initialize();
    await executor.commit(initial);
    const { hash, header } = initial.block;
    return new OurLanes(setting, executor, dataDir, { hash, stateRoot: header.stateRoot });
  }

  async stop(): Promise<void> {
    await this.executor.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Changes nothing durable: the same block can run again. */
  async run(input: BlockInput): Promise<{ result: BlockResult; sample: OurSample }> {
    const { block, skipped, report } = await this.executor.execute(input);
    const [refused] = skipped;
    if (refused !== undefined) {
      throw new BraidError(
        "BENCH_REFUSED",
        `${this.setting.name} refused ${skipped.length} transactions: ${refused.reason}`,
      );
    }
    const { planMs, executeMs, validateMs, rootMs, sealMs, reExecuted, criticalPathGas } = report;
    const { stateRoot, receiptsRoot, gasUsed } = block.header;
    return {
      result: {
        stateRoot,
        receiptsRoot,
        gasUsed,
        reverts: block.receipts.filter(({ status }) => status === 0).length,
      },
      sample: {
        planMs,
        executeMs: executeMs - validateMs,
        validateMs,
        rootMs,
        sealMs,
        totalMs: planMs + executeMs + rootMs,
        lanes: report.lanes,
        reExecuted,
        criticalPathGas,
      },
    };
  }
}

/** The benchmark's own test: a difference between the sides ends it. */
export function expectSameResult(who: string, actual: BlockResult, expected: BlockResult): void {
  const differences = [
    ...(bytesEqual(actual.stateRoot, expected.stateRoot)
      ? []
      : [`state root ${bytesToHex(actual.stateRoot)}, not ${bytesToHex(expected.stateRoot)}`]),
    ...(bytesEqual(actual.receiptsRoot, expected.receiptsRoot)
      ? []
      : [`receipts root ${bytesToHex(actual.receiptsRoot)}, not ${bytesToHex(expected.receiptsRoot)}`]),
    ...(actual.gasUsed === expected.gasUsed ? [] : [`gas ${actual.gasUsed}, not ${expected.gasUsed}`]),
    ...(actual.reverts === expected.reverts ? [] : [`${actual.reverts} reverts, not ${expected.reverts}`]),
  ];
  if (differences.length === 0) return;
  throw new BraidError("BENCH_DIFFERENT", `${who}: ${differences.join("; ")}`, {
    hint: "Stock EthereumJS and Braid disagree about this block: no figure of it means anything.",
  });
}
