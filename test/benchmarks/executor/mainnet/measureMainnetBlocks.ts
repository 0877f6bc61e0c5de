import { type Contest, measure } from "../measure.ts";
import { laneCounts } from "../ourLanes.ts";
import type { BenchmarkRow } from "../types.ts";
import { loadMainnetBlocks, mainnetBlocksFolder } from "./loadMainnetBlocks.ts";
import { StockMainnetBlock } from "./stockMainnetBlock.ts";

interface MainnetOptions {
  lanes: number;
  repeat: number;
  warmups: number;
  coldStock: boolean;
  only?: string | undefined;
  progress: (line: string) => void;
}

/** The threads of the lanes are new for each block: they get the runs that the main thread had with the blocks before. */
const THREAD_WARMUPS = 12;

/** The real blocks, where they are to be had. Answers how many were measured. */
export async function measureMainnetBlocks(
  options: MainnetOptions,
  onRow: (row: BenchmarkRow) => void,
): Promise<number> {
  const { only, progress, lanes, coldStock, repeat, warmups } = options;
  const folder = mainnetBlocksFolder();
  if (folder === undefined) {
    progress("no mainnet blocks here: that section is left out");
    return 0;
  }
  const blocks = loadMainnetBlocks(folder).filter(
    ({ number }) => only === undefined || `mainnet ${number}`.includes(only),
  );
  if (blocks.length === 0) return 0;
  const { mainnetSettings, OurMainnetBlock } = await import("./ourMainnetBlock.ts");
  for (const block of blocks) {
    progress(`mainnet ${block.number}`);
    const stock = await StockMainnetBlock.load(block, coldStock);
    const ours = await OurMainnetBlock.open(folder, block.number, lanes);
    try {
      const contest: Contest = {
        section: "mainnet blocks",
        workload: `mainnet ${block.number}`,
        declared: "none",
        transactions: stock.transactions,
        stock: () => stock.run(),
        ours: mainnetSettings(laneCounts(lanes)).map((setting) => ({
          setting,
          run: () => ours.run(setting),
        })),
        expected: block.expected,
        threadWarmups: THREAD_WARMUPS,
      };
      onRow(await measure(contest, { repeat, warmups }));
    } finally {
      await ours.close();
    }
  }
  return blocks.length;
}
