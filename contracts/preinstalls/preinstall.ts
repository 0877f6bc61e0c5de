/** A contract that users of any chain expect at one address, as it would be had it been deployed on this chain. */

export type ChainWord = "chainId" | "domainSeparator";

export interface Preinstall {
  name: string;
  address: `0x${string}`;
  /** Where the code came from when `contracts/preinstalls/build.ts` was run. */
  source: { package: string; file: string; license: string };
  /** CREATE2 by which the address follows from the creation code; absent where a signed transaction deployed it. */
  create2?: { deployer: `0x${string}`; salt: `0x${string}`; initCodeHash: `0x${string}` };
  /** keccak256 of `code`. */
  codeHash: `0x${string}`;
  /** The runtime code; its chain words are 0. */
  code: `0x${string}`;
  /** 32-byte words of the code that depend on the chain: caches that the constructor fills. */
  chainWords: readonly { offset: number; value: ChainWord }[];
  /** What its domain separator is made of (EIP-712). */
  domain?: { name: string; version?: string };
  /** After its constructor. More than 1 when it made other contracts. */
  nonce: number;
  /** After its constructor. */
  storage: readonly { slot: `0x${string}`; value: `0x${string}` }[];
}
