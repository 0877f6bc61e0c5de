import type { AccountFields } from "./state/stateDiff.ts";

/** What a chain's rules depend on. Fixed at genesis and equal for all who derive the chain. */
export interface ChainConfig {
  chainId: number;
  /** Per block. */
  gasLimit: bigint;
  /** The base fee never falls below it, in wei. */
  baseFeeFloor: bigint;
  /** EIP-1559: gas target = limit / elasticity. */
  baseFeeElasticity: bigint;
  /** EIP-1559: largest relative change a block = 1 / denominator. Scaled to the block interval. */
  baseFeeChangeDenominator: bigint;
  /** 20 bytes: receives the fees of every block (the SequencerFeeVault). */
  feeRecipient: Uint8Array;
}

export interface GenesisAccount extends AccountFields {
  /** 20 bytes. */
  address: Uint8Array;
  code: Uint8Array;
  storage: { slot: Uint8Array; value: Uint8Array }[];
}

export interface Genesis {
  config: ChainConfig;
  /** Seconds. */
  timestamp: number;
  extraData: Uint8Array;
  accounts: GenesisAccount[];
}
