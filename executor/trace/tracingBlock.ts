import type { EVMMockBlockchainInterface, EVMRunCallOpts } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { LaneCommon } from "../engine/laneCommon.ts";
import type { StateOverlay } from "../engine/stateOverlay.ts";
import { recentBlockHash } from "../engine/systemCalls.ts";

type EvmBlock = NonNullable<EVMRunCallOpts["block"]>;

/** What instructions see of their block. `baseFee`: 0 for calls that name no price. */
export function tracingBlock(
  environment: BlockEnvironment,
  baseFee: bigint,
  common: LaneCommon,
  blobBaseFee: bigint,
): EvmBlock {
  const { number, timestamp, difficulty, prevRandao, gasLimit } = environment;
  return {
    header: {
      number: BigInt(number),
      coinbase: new Address(environment.coinbase),
      timestamp: BigInt(timestamp),
      difficulty: difficulty ?? 0n,
      prevRandao,
      gasLimit,
      ...(common.isActivatedEIP(1559) ? { baseFeePerGas: baseFee } : {}),
      getBlobGasPrice: () => blobBaseFee,
    },
  };
}

/** BLOCKHASH: from the environment where it brings hashes, else from EIP-2935's ring of parent hashes in the state. */
export class TracedBlockHashes implements EVMMockBlockchainInterface {
  overlay: StateOverlay | undefined;
  known: ReadonlyMap<number, Uint8Array> | undefined;

  getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = this.hash(number);
    return Promise.resolve({ hash: () => hash });
  }

  putBlock(): Promise<void> {
    return Promise.resolve();
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }

  private hash(number: number): Uint8Array {
    if (this.known !== undefined) return this.known.get(number) ?? new Uint8Array(32);
    return this.overlay === undefined ? new Uint8Array(32) : recentBlockHash(this.overlay, number);
  }
}
