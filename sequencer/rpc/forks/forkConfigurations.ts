import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import type { BlobParameters, ForkConfig, TimeFork } from "./forkConfig.ts";
import { forkId } from "./forkId.ts";
import { precompilesOf } from "./precompiles.ts";

/** EIP-7910's description of a fork. */
export interface ForkConfiguration {
  activationTime: number;
  blobSchedule: BlobParameters | null;
  chainId: Hex;
  forkId: Hex;
  precompiles: Record<string, Hex>;
  systemContracts: Record<string, Hex>;
}

export interface ForkConfigurations {
  current: ForkConfiguration | null;
  next: ForkConfiguration | null;
  last: ForkConfiguration | null;
}

/** Those that belong to a fork's rules on Ethereum. Which of them a chain has is for its genesis to say. */
const CANCUN_CONTRACTS: Record<string, Hex> = {
  BEACON_ROOTS_ADDRESS: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
};
const PRAGUE_CONTRACTS: Record<string, Hex> = {
  CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: "0x0000bbddc7ce488642fb579f8b00f3a590007251",
  HISTORY_STORAGE_ADDRESS: "0x0000f90827f1c53a10cb7a02335b175320002935",
  WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: "0x00000961ef480eb55e80d19ad83579a64c007002",
};

export interface ForkQuestion {
  forks: ForkConfig;
  genesis: { hash: Uint8Array; timestamp: number };
  /** The head's. */
  timestamp: number;
  /** Which of the system contracts are there; all of a fork's when left out. */
  hasContract?: (address: Hex) => boolean;
}

/** The fork that is active, the next one, and the last one that is planned, as geth's `eth_config` gives them. */
export function forkConfigurations({
  forks,
  genesis,
  timestamp,
  hasContract,
}: ForkQuestion): ForkConfigurations {
  const { timeForks } = forks;
  const passed = timeForks.filter(({ time }) => time <= timestamp);
  const describe = (fork: TimeFork | undefined): ForkConfiguration | null => {
    if (fork === undefined) return null;
    const active = timeForks.filter(({ time }) => time <= fork.time);
    const names = new Set(active.map(({ name }) => name));
    return {
      activationTime: fork.time <= genesis.timestamp ? 0 : fork.time,
      blobSchedule: active.reduce<BlobParameters | null>(
        (found, { name }) => forks.blobSchedule.get(name) ?? found,
        null,
      ),
      chainId: `0x${forks.chainId.toString(16)}`,
      forkId: bytesToHex(forkId(forks, genesis, fork.time)),
      precompiles: precompilesOf(names),
      systemContracts: systemContracts(names, forks, hasContract),
    };
  };
  const next = describe(timeForks[passed.length]);
  return {
    current: describe(passed.at(-1)),
    next,
    last: next === null ? null : describe(timeForks.at(-1)),
  };
}

function systemContracts(
  active: ReadonlySet<string>,
  { depositContract }: ForkConfig,
  hasContract: ((address: Hex) => boolean) | undefined,
): Record<string, Hex> {
  const deposit: Record<string, Hex> =
    depositContract === undefined
      ? {}
      : { DEPOSIT_CONTRACT_ADDRESS: `0x${depositContract.replace(/^0x/i, "").toLowerCase()}` };
  const all = {
    ...(active.has("cancun") ? CANCUN_CONTRACTS : {}),
    ...(active.has("prague") ? { ...PRAGUE_CONTRACTS, ...deposit } : {}),
  };
  const there = Object.entries(all).filter(([, address]) => hasContract?.(address) ?? true);
  return Object.fromEntries(there.sort(([a], [b]) => (a < b ? -1 : 1)));
}
