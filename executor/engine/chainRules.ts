import { Hardfork } from "@ethereumjs/common";

/** Which rules a block runs under: a chain and one of Ethereum's hardforks, by EthereumJS's name of it. */
export interface ChainRules {
  chainId: number;
  hardfork: Hardfork;
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
