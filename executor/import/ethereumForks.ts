import { type ChainConfig, Common, type GethGenesis, Hardfork, parseGethGenesis } from "@ethereumjs/common";
import { isHexString } from "@ethereumjs/util";
import { z } from "zod";
import type { BlobSchedule, ChainRules } from "../engine/chainRules.ts";
import { blobParameters, laneCrypto } from "../engine/laneCommon.ts";
import type { EthereumGenesis } from "./ethereumGenesis.ts";
import { ImportError } from "./importError.ts";

/** When an Ethereum chain changed its rules, and to which. */
export interface EthereumForks {
  chainId: number;
  /** A copy for whoever sets its hardfork. */
  common(): Common;
  rulesAt(block: { number: number; timestamp: number }): ChainRules;
}

const scheduleSchema = z.record(
  z.string(),
  z.object({
    target: z.int().nonnegative(),
    max: z.int().nonnegative(),
    baseFeeUpdateFraction: z.int().positive(),
  }),
);

/**
 * `mergeBlock`: number of the first block without difficulty. A genesis names a total difficulty instead, which only
 * the chain itself turns into a number.
 */
export function createEthereumForks(genesis: EthereumGenesis, mergeBlock: number | undefined): EthereumForks {
  const schedules = blobSchedules(genesis);
  const chain = chainOf(genesis, mergeBlock, schedules);
  const make = () => new Common({ chain, hardfork: Hardfork.Chainstart, customCrypto: laneCrypto });
  const clock = make();
  const rules = new Map<string, ChainRules>();
  return {
    chainId: genesis.chainId,
    common: make,
    rulesAt({ number, timestamp }) {
      const name = clock.getHardforkBy({ blockNumber: BigInt(number), timestamp: BigInt(timestamp) });
      const known = rules.get(name);
      if (known !== undefined) return known;
      const made = rulesOf(genesis.chainId, name, schedules);
      rules.set(name, made);
      return made;
    },
  };
}

function rulesOf(chainId: number, name: string, schedules: Map<string, BlobSchedule>): ChainRules {
  const hardfork = Object.values(Hardfork).find((one) => one === name);
  if (hardfork === undefined) throw new ImportError(`the hardfork ${name} is not known`);
  // A fork without blob parameters of its own goes on with those of the fork before it.
  const order: string[] = Object.values(Hardfork);
  const named = order.slice(0, order.indexOf(name) + 1).reverse();
  const found = named.map((fork) => schedules.get(fork)).find((schedule) => schedule !== undefined);
  return { chainId, hardfork, ...(found === undefined ? {} : { blobSchedule: found }) };
}

function blobSchedules({ config }: EthereumGenesis): Map<string, BlobSchedule> {
  const given = config["blobSchedule"];
  if (given === undefined || given === null) return new Map();
  const parsed = scheduleSchema.safeParse(given);
  if (!parsed.success) throw new ImportError("the genesis' blobSchedule is not of the expected shape");
  return new Map(Object.entries(parsed.data));
}

function chainOf(
  genesis: EthereumGenesis,
  mergeBlock: number | undefined,
  schedules: Map<string, BlobSchedule>,
): ChainConfig {
  const { chainId, header } = genesis;
  const { customHardforks, hardforks, depositContractAddress } = parse(genesis, mergeBlock);
  const withBlobs = Object.entries(customHardforks ?? {}).map(([name, hardfork]) => {
    const schedule = schedules.get(name);
    const params = { ...hardfork.params, ...(schedule === undefined ? {} : blobParameters(schedule)) };
    return [name, { ...hardfork, params }] as const;
  });
  return {
    name: "ethereum",
    chainId,
    hardforks,
    bootstrapNodes: [],
    consensus: { type: "pow", algorithm: "ethash", ethash: {} },
    customHardforks: Object.fromEntries(withBlobs),
    ...(depositContractAddress !== undefined && isHexString(depositContractAddress)
      ? { depositContractAddress }
      : {}),
    genesis: {
      timestamp: header.timestamp,
      gasLimit: header.gasLimit,
      difficulty: header.difficulty,
      nonce: header.nonce,
      extraData: header.extraData,
    },
  };
}

function parse(genesis: EthereumGenesis, mergeBlock: number | undefined) {
  const { config, header } = genesis;
  if (config["clique"] !== undefined) throw new ImportError("proof-of-authority chains cannot be imported");
  const { mergeNetsplitBlock: _, daoForkBlock, ...rest } = config;
  const file: GethGenesis = {
    nonce: header.nonce,
    timestamp: header.timestamp,
    gasLimit: header.gasLimit,
    difficulty: header.difficulty,
    alloc: {},
    config: {
      ...rest,
      chainId: genesis.chainId,
      ...(config["daoForkSupport"] === true && typeof daoForkBlock === "number" ? { daoForkBlock } : {}),
      ...(mergeBlock === undefined ? {} : { mergeForkBlock: mergeBlock, mergeNetsplitBlock: mergeBlock }),
    },
  };
  try {
    return parseGethGenesis(file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError(`the genesis' config: ${detail}`, { cause });
  }
}
