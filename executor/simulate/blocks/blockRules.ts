import { Hardfork } from "@ethereumjs/common";
import type { ChainRules } from "../../engine/chainRules.ts";
import { LaneCommon } from "../../engine/laneCommon.ts";
import { ForkGas } from "../forkGas.ts";

const ETHER = 10n ** 18n;

/** What a hardfork asks of a block around its transactions. */
export class BlockRules {
  readonly fork: ForkGas;
  /** EIP-4895. */
  readonly hasWithdrawals: boolean;
  /** EIP-4788. */
  readonly hasBeaconRoot: boolean;
  /** EIP-2935. */
  readonly hasHistory: boolean;
  /** EIP-7685. */
  readonly hasRequests: boolean;
  /** EIP-7918. */
  readonly reservesBlobPrice: boolean;
  readonly isProofOfStake: boolean;
  /** What a miner gets for a block without uncles, in wei. */
  readonly reward: bigint;
  /** Of a block. */
  readonly blobGasTarget: bigint;
  readonly maxBlobGas: bigint;

  constructor(rules: ChainRules) {
    const common = new LaneCommon(rules);
    this.fork = new ForkGas(common);
    this.hasWithdrawals = common.isActivatedEIP(4895);
    this.hasBeaconRoot = common.isActivatedEIP(4788);
    this.hasHistory = common.isActivatedEIP(2935);
    this.hasRequests = common.isActivatedEIP(7685);
    this.reservesBlobPrice = common.isActivatedEIP(7918);
    this.isProofOfStake = common.gteHardfork(Hardfork.Paris);
    this.reward = rewardOf(common);
    const { hasBlobs } = this.fork;
    this.blobGasTarget = hasBlobs ? common.param("targetBlobGasPerBlock") : 0n;
    this.maxBlobGas = hasBlobs ? common.param("maxBlobGasPerBlock") : 0n;
  }
}

function rewardOf(common: LaneCommon): bigint {
  if (common.gteHardfork(Hardfork.Paris)) return 0n;
  if (common.gteHardfork(Hardfork.Constantinople)) return 2n * ETHER;
  return (common.gteHardfork(Hardfork.Byzantium) ? 3n : 5n) * ETHER;
}

const known = new Map<string, BlockRules>();

/** Made once for each set of rules. */
export function blockRulesOf(rules: ChainRules): BlockRules {
  const key = JSON.stringify(rules);
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = new BlockRules(rules);
  known.set(key, made);
  return made;
}
