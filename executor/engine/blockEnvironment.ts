import type { BlockInput } from "../../protocol/index.ts";

/** What the transactions of a block see of it. Braid's own blocks are all of their input but the transactions. */
export interface BlockEnvironment extends Omit<BlockInput, "transactions"> {
  /** Other chains' blocks: proof-of-work difficulty. */
  difficulty?: bigint;
  /** Other chains' blocks: EIP-4844. */
  excessBlobGas?: bigint;
  /** Hashes that BLOCKHASH answers, by number; without it they are read from EIP-2935's ring in the state. */
  blockHashes?: ReadonlyMap<number, Uint8Array>;
  /** False: no system calls open the block. */
  systemCalls?: boolean;
  /**
   * Braid's own chains: the base fees that a block's transactions paid go to the coinbase when the block ends. Burnt,
   * their ether would stay locked on L1 for ever.
   */
  collectsBaseFee?: boolean;
}
