import type { Block } from "../block/block.ts";

/**
 * A block as L1 keeps it: everything that decides its result and does not follow from the block before it. Senders,
 * hashes, receipts and roots are computed again by whoever rebuilds the chain.
 */
export interface BatchBlock {
  number: number;
  /** Seconds; never before the block before it. */
  timestamp: number;
  baseFeePerGas: bigint;
  gasLimit: bigint;
  /** 20 bytes. */
  coinbase: Uint8Array;
  /** 32 bytes. */
  prevRandao: Uint8Array;
  /** At most 32 bytes. */
  extraData: Uint8Array;
  /** 32 bytes. */
  parentBeaconBlockRoot: Uint8Array;
  /** Signed envelopes in block order. */
  transactions: Uint8Array[];
}

export function blockToBatchBlock(block: Block): BatchBlock {
  const { header } = block;
  return {
    number: header.number,
    timestamp: header.timestamp,
    baseFeePerGas: header.baseFeePerGas,
    gasLimit: header.gasLimit,
    coinbase: header.coinbase,
    prevRandao: header.prevRandao,
    extraData: header.extraData,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    transactions: block.transactions.map((transaction) => transaction.raw),
  };
}
