import { z } from "zod";

/** Blobs a block, and how fast their price moves (EIP-7892). */
const blobParameters = z.object({
  target: z.int().nonnegative(),
  max: z.int().nonnegative(),
  baseFeeUpdateFraction: z.int().nonnegative(),
});
export type BlobParameters = z.output<typeof blobParameters>;

/** A fork that starts at a timestamp, by geth's name of it: `prague`, `osaka`, `bpo1`. */
export interface TimeFork {
  name: string;
  time: number;
}

/** The forks of an Ethereum chain: what `eth_config` is made of. */
export interface ForkConfig {
  chainId: bigint;
  /** Numbers of the blocks at which a fork started, ascending, each once; at block 0 left out. */
  blockForks: number[];
  /** In order of time. */
  timeForks: TimeFork[];
  /** By fork. */
  blobSchedule: ReadonlyMap<string, BlobParameters>;
  /** First blocks of the forks that changed the reward, undefined when they never come. */
  rewardForks: { byzantium: number | undefined; constantinople: number | undefined };
  /** 20 bytes as hex; undefined when there is none. */
  depositContract: string | undefined;
}

const genesisConfig = z.looseObject({
  chainId: z.union([z.int(), z.string(), z.bigint()]),
  byzantiumBlock: z.int().nullish(),
  constantinopleBlock: z.int().nullish(),
  depositContractAddress: z.string().nullish(),
  blobSchedule: z.record(z.string(), blobParameters).nullish(),
});

/** Forks in the order in which they were made: of two at one time, the later one's rules hold. */
const TIME_FORKS = ["shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2", "bpo3", "bpo4", "bpo5"];

function blockForksOf(config: Record<string, unknown>): number[] {
  const numbers = new Set<number>();
  for (const [name, value] of Object.entries(config)) {
    if (name.endsWith("Block") && typeof value === "number" && value > 0) numbers.add(value);
  }
  return [...numbers].sort((a, b) => a - b);
}

function timeForksOf(config: Record<string, unknown>): TimeFork[] {
  return TIME_FORKS.flatMap((name) => {
    const time = config[`${name}Time`];
    return typeof time === "number" ? [{ name, time }] : [];
  });
}

/** Reads the `config` of a genesis file as geth writes it. Throws a ZodError for anything else. */
export function parseForkConfig(config: unknown): ForkConfig {
  const parsed = genesisConfig.parse(config);
  return {
    chainId: BigInt(parsed.chainId),
    blockForks: blockForksOf(parsed),
    timeForks: timeForksOf(parsed),
    blobSchedule: new Map(Object.entries(parsed.blobSchedule ?? {})),
    rewardForks: {
      byzantium: parsed.byzantiumBlock ?? undefined,
      constantinople: parsed.constantinopleBlock ?? undefined,
    },
    depositContract: parsed.depositContractAddress ?? undefined,
  };
}

/** Braid's own chain: Osaka from genesis on, without blobs and without a deposit contract. */
export function braidForkConfig(chainId: number): ForkConfig {
  return {
    chainId: BigInt(chainId),
    blockForks: [],
    timeForks: ["shanghai", "cancun", "prague", "osaka"].map((name) => ({ name, time: 0 })),
    blobSchedule: new Map([["osaka", { target: 0, max: 0, baseFeeUpdateFraction: 5_007_716 }]]),
    rewardForks: { byzantium: 0, constantinople: 0 },
    depositContract: undefined,
  };
}
