import type { Block } from "../block/block.ts";
import { bytesEqual } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";

/** Where on L1 a block stands, and what it takes from there. */
export interface BatchL1Origin {
  /** Never before that of the block before. */
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
  /** Blocks since the origin moved: 0 for the first block of an origin. */
  sequenceNumber: number;
  /** Messages of the L1 queue, deposits and forced transactions, that come before the block's own transactions. */
  messages: number;
}

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
  /** 32 bytes. Undefined: the chain's own rule, the hash of the parent's hash. */
  prevRandao: Uint8Array | undefined;
  /** At most 32 bytes. */
  extraData: Uint8Array;
  /** 32 bytes. */
  parentBeaconBlockRoot: Uint8Array;
  /** Absent where nothing is taken from L1. */
  l1Origin?: BatchL1Origin;
  /** Signed envelopes in block order, without what L1 holds already. */
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
    prevRandao: bytesEqual(header.prevRandao, keccak256(header.parentHash)) ? undefined : header.prevRandao,
    extraData: header.extraData,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    transactions: block.transactions.map((transaction) => transaction.raw),
  };
}
