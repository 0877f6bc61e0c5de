import { Hardfork } from "@ethereumjs/common";

/** Which rules a block runs under: a chain and one of Ethereum's hardforks, by EthereumJS's name of it. */
export interface ChainRules {
  chainId: number;
  hardfork: Hardfork;
  /** Other chains' blob parameters, where they are not mainnet's for that hardfork. */
  blobSchedule?: BlobSchedule;
  /** Without EIP-3607: on development chains an account with code may be impersonated. */
  contractsMaySend?: boolean;
}

/** EIP-7892: blobs a block, and how fast their price moves. */
export interface BlobSchedule {
  target: number;
  max: number;
  baseFeeUpdateFraction: number;
}

/** Braid's own chains run under Osaka. */
export function braidRules(chainId: number): ChainRules {
  return { chainId, hardfork: Hardfork.Osaka };
}

/** Oldest first. Byzantium brought the receipt status that everything here is built on. */
export const SUPPORTED_HARDFORKS: readonly Hardfork[] = [
  Hardfork.Byzantium,
  Hardfork.Constantinople,
  Hardfork.Petersburg,
  Hardfork.Istanbul,
  Hardfork.MuirGlacier,
  Hardfork.Berlin,
  Hardfork.London,
  Hardfork.ArrowGlacier,
  Hardfork.GrayGlacier,
  Hardfork.MergeNetsplitBlock,
  Hardfork.Paris,
  Hardfork.Shanghai,
  Hardfork.Cancun,
  Hardfork.Prague,
  Hardfork.Osaka,
];
