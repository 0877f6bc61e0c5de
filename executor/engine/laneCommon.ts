import { paramsBlock } from "@ethereumjs/block";
import { Common, type CommonOpts, Hardfork, Mainnet, type ParamsDict } from "@ethereumjs/common";
import { paramsEVM } from "@ethereumjs/evm";
import { paramsTx } from "@ethereumjs/tx";
import { paramsVM } from "@ethereumjs/vm";
import { keccak256, recoverPublicKey } from "../../protocol/index.ts";
import type { BlobSchedule, ChainRules } from "./chainRules.ts";
import { pointEvaluation } from "./pointEvaluation.ts";

const WORD = 32;
const BLOB_GAS = 131_072;

/** `customCrypto.ecrecover`: serves the precompile; senders are known already. */
function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(2 * WORD);
  signature.set(r, WORD - r.length);
  signature.set(s, 2 * WORD - s.length);
  return recoverPublicKey(hash, signature, recoveryId(v, chainId));
}

function recoveryId(v: bigint, chainId: bigint | undefined): number {
  if (v === 0n || v === 1n) return Number(v);
  return Number(chainId === undefined ? v - 27n : v - (chainId * 2n + 35n));
}

/** What EthereumJS leaves to others, done by ours. */
export const laneCrypto: NonNullable<CommonOpts["customCrypto"]> = {
  keccak256,
  ecrecover,
  kzg: pointEvaluation,
};

const BLOB_FORKS: readonly string[] = [
  Hardfork.Bpo1,
  Hardfork.Bpo2,
  Hardfork.Bpo3,
  Hardfork.Bpo4,
  Hardfork.Bpo5,
];

/** EIP-7892, under both spellings that EthereumJS reads blob parameters by. */
export function blobParameters({ target, max, baseFeeUpdateFraction }: BlobSchedule) {
  return {
    target,
    max,
    targetBlobGasPerBlock: target * BLOB_GAS,
    maxBlobGasPerBlock: max * BLOB_GAS,
    blobGasPriceUpdateFraction: baseFeeUpdateFraction,
  };
}

/** Forks that change nothing but blob parameters hold them in their definition. */
function blobForks({ hardfork, blobSchedule }: ChainRules) {
  if (blobSchedule === undefined || !BLOB_FORKS.includes(hardfork)) return {};
  return { customHardforks: { [hardfork]: { eips: [], params: blobParameters(blobSchedule) } } };
}

/**
 * The rules of one lane. EthereumJS copies its `Common` and merges its parameters into it for every transaction; this
 * one is complete and fixed once made, so both are free. Never shared between VMs.
 */
export class LaneCommon extends Common {
  private readonly complete: boolean;

  constructor(rules: ChainRules) {
    super({
      chain: { ...Mainnet, name: "braid", chainId: rules.chainId, ...blobForks(rules) },
      hardfork: rules.hardfork,
      params: {},
      customCrypto: laneCrypto,
    });
    for (const params of [paramsBlock, paramsTx, paramsEVM, paramsVM]) super.updateParams(params);
    if (rules.blobSchedule !== undefined) {
      super.updateParams({ [rules.hardfork]: blobParameters(rules.blobSchedule) });
    }
    this.complete = true;
  }

  override copy(): Common {
    return this;
  }

  override updateParams(params: ParamsDict): void {
    if (!this.complete) super.updateParams(params);
  }

  /** EthereumJS sets the block's and the transaction's rules to those of the VM, which they are. */
  override setHardfork(hardfork: string | Hardfork): void {
    if (!this.complete) super.setHardfork(hardfork);
  }
}
