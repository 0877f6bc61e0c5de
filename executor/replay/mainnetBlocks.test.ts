import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { bytesToHex } from "../../protocol/index.ts";
import { sharedData } from "../../test/support/sharedData.ts";
import { openReplay, type Replay, type ReplayRun } from "./openReplay.ts";
import { readJson } from "./readJson.ts";
import { type Hint, readFootprints, readReplayFiles } from "./replayInput.ts";

/**
 * Eight real blocks, Byzantium to Cancun, under their own hardforks: whatever the lanes and whatever is declared, each
 * receipt, the gas, the bloom and all roots are those of one transaction at a time, and the header's.
 */
const BLOCKS: [number: number, hardfork: string][] = [
  [7279999, "byzantium"],
  [11114732, "muirGlacier"],
  [12300570, "berlin"],
  [13287210, "london"],
  [14029313, "arrowGlacier"],
  [15537394, "paris"],
  [17666333, "shanghai"],
  [19932703, "cancun"],
];

const MAX_LANES = 4;
const data = sharedData("mainnet-blocks");

const expectedSchema = z.object({
  gasUsed: z.number(),
  receiptsRoot: z.string(),
  logsBloom: z.string(),
  partialPreStateRoot: z.string(),
  partialPostStateRoot: z.string(),
  txs: z.array(z.object({ status: z.number(), gasUsed: z.number(), logsHash: z.string() })),
});

/** A run in the shape of expected.json. */
function toExpected(run: ReplayRun): z.infer<typeof expectedSchema> {
  return {
    gasUsed: Number(run.gasUsed),
    receiptsRoot: bytesToHex(run.receiptsRoot),
    logsBloom: bytesToHex(run.logsBloom),
    partialPreStateRoot: bytesToHex(run.partialPreStateRoot),
    partialPostStateRoot: bytesToHex(run.partialPostStateRoot),
    txs: run.transactions.map((result) => {
      if (result.kind === "skipped") return { status: -1, gasUsed: 0, logsHash: result.reason };
      return {
        status: result.status,
        gasUsed: Number(result.gasUsed),
        logsHash: bytesToHex(result.logsHash),
      };
    }),
  };
}

const name = data === undefined ? "mainnet blocks (skipped: no shared data here)" : "mainnet blocks";

describe.skipIf(data === undefined)(name, () => {
  describe.each(BLOCKS)("%i, %s", (number, hardfork) => {
    const file = (kind: string) => path.join(data ?? "", String(number), `${kind}.json.gz`);
    let replay: Replay;
    let expected: z.infer<typeof expectedSchema>;
    const footprints = (kind: "exact" | "thin"): Hint[] =>
      readFootprints(file(`footprints.${kind}`), replay.input.transactions.length);

    beforeAll(async () => {
      expected = readJson(file("expected"), expectedSchema);
      const input = readReplayFiles({
        block: file("block"),
        prestate: file("prestate"),
        blockhashes: file("blockhashes"),
      });
      replay = await openReplay(input, { maxLanes: MAX_LANES });
    });
    afterAll(() => replay.close());

    it("runs under its hardfork and gives the header's results in one lane", async () => {
      const { input } = replay;
      expect(input.rules).toEqual({ chainId: 1, hardfork });
      const run = await replay.run({ lanes: 1 });
      expect(run.gasUsed).toBe(input.header.gasUsed);
      expect(run.receiptsRoot).toEqual(input.header.receiptsRoot);
      expect(run.logsBloom).toEqual(input.header.logsBloom);
      expect(toExpected(run)).toEqual(expected);
    });

    it("gives the same in lanes, whatever the plan is told", async () => {
      // Exact, thin and none, two lanes and four all come up; all of them on each block would take minutes.
      const settings: [lanes: number, hints: Hint[]][] =
        number % 2 === 0
          ? [
              [2, footprints("exact")],
              [4, footprints("thin")],
            ]
          : [
              [2, footprints("thin")],
              [4, []],
            ];
      for (const [lanes, hints] of settings) {
        const run = await replay.run({ lanes, hints, takesBack: false });
        expect(toExpected(run), `${lanes} lanes`).toEqual(expected);
        expect(run.unanswered).toBe(0);
        expect(run.answered).toBeGreaterThan(0);
      }
    });

    it("gives the same when the lanes are dealt out without any sense", async () => {
      const run = await replay.run({ lanes: MAX_LANES, laneOf: (index) => index % MAX_LANES });
      expect(toExpected(run)).toEqual(expected);
      expect(run.answered).toBeGreaterThan(0);
    });
  });
});
