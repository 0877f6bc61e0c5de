import type { Transaction } from "../transaction/transaction.ts";

/** All that decides a block's result, given its parent's state: the environment and the ordered transactions. */
export interface BlockInput {
  number: number;
  parentHash: Uint8Array;
  /** Seconds. */
  timestamp: number;
  baseFeePerGas: bigint;
  gasLimit: bigint;
  /** 20 bytes. */
  coinbase: Uint8Array;
  prevRandao: Uint8Array;
  extraData: Uint8Array;
  parentBeaconBlockRoot: Uint8Array;
  /** In block order. What does not fit or is invalid at its place is left out and reported. */
  transactions: Transaction[];
}
