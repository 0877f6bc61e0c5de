import { join } from "node:path";
import { openReplay, type Replay } from "../../../../executor/replay/openReplay.ts";
import { readReplayFiles } from "../../../../executor/replay/replayInput.ts";
import { BraidError } from "../../../../protocol/index.ts";
import type { LaneSetting } from "../ourLanes.ts";
import type { BlockResult, Declared, OurSample } from "../types.ts";

export interface MainnetSetting extends LaneSetting {
  /** Whether the planner is told beside each transaction what it touches, or nothing. */
  footprints: Declared;
}

/** One lane, then 2, 4, … up to `most`; lanes are always used. */
export function mainnetSettings(laneCounts: number[]): MainnetSetting[] {
  return laneCounts.flatMap((lanes): MainnetSetting[] => {
    if (lanes === 1) return [{ name: "1 lane", lanes, forced: false, footprints: "none" }];
    return [
      { name: `${lanes} lanes`, lanes, forced: true, footprints: "none" },
      { name: `${lanes} lanes, footprints`, lanes, forced: true, footprints: "exact" },
    ];
  });
}

/** A real block on our executor, by its replay. The partial state is loaded once; the same block can run again. */
export class OurMainnetBlock {
  private readonly replay: Replay;

  private constructor(replay: Replay) {
    this.replay = replay;
  }

  static async open(folder: string, number: number, maxLanes: number): Promise<OurMainnetBlock> {
    const file = (name: string) => join(folder, String(number), `${name}.json.gz`);
    const input = readReplayFiles({
      block: file("block"),
      prestate: file("prestate"),
      blockhashes: file("blockhashes"),
      footprints: file("footprints.exact"),
    });
    return new OurMainnetBlock(await openReplay(input, { maxLanes }));
  }

  async run({
    lanes,
    name,
    footprints,
  }: MainnetSetting): Promise<{ result: BlockResult; sample: OurSample }> {
    const { ms, ...ran } = await this.replay.run({ lanes, ...(footprints === "none" ? { hints: [] } : {}) });
    const refused = ran.transactions.find((transaction) => transaction.kind === "skipped");
    if (refused?.kind === "skipped")
      throw new BraidError("BENCH_REFUSED", `${name} refused: ${refused.reason}`);
    return {
      result: {
        stateRoot: ran.partialPostStateRoot,
        receiptsRoot: ran.receiptsRoot,
        gasUsed: ran.gasUsed,
        reverts: ran.transactions.filter((each) => each.kind === "done" && each.status === 0).length,
      },
      sample: {
        planMs: ms.plan,
        executeMs: ms.execute - ms.validate,
        validateMs: ms.validate,
        rootMs: ms.root,
        sealMs: ms.receipts,
        totalMs: ms.plan + ms.execute + ms.root,
        lanes: ran.usedLanes,
        reExecuted: ran.reExecuted,
        criticalPathGas: ran.criticalPathGas,
      },
    };
  }

  close(): Promise<void> {
    return this.replay.close();
  }
}
