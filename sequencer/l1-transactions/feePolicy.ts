/** What to offer for an L1 transaction: pure functions of the market, the last offer and the ceiling. */
import type { L1Fees, L1Prices, TransactionKind } from "./types.ts";

/** Wei per gas that a transaction may offer at most, unless its deadline has passed. */
export interface PriceCeiling {
  maxFeePerGas: bigint;
  maxFeePerBlobGas: bigint;
}

/** L1 nodes ask 10 % more of a replacement, and twice as much where blobs are involved. */
const BUMP_PERCENT = { plain: 110n, blobs: 200n } as const;

/** The base fees may double before the offer is too low: six full L1 blocks in a row. */
export function marketFees(prices: L1Prices, kind: TransactionKind): L1Fees {
  return {
    maxFeePerGas: prices.baseFee * 2n + prices.priorityFee,
    maxPriorityFeePerGas: prices.priorityFee,
    maxFeePerBlobGas: kind === "blobs" ? max(prices.blobBaseFee * 2n, 1n) : 0n,
  };
}

/** What a node takes in place of the earlier offer, and not below the market. */
export function bumpedFees(before: L1Fees, prices: L1Prices, kind: TransactionKind): L1Fees {
  const market = marketFees(prices, kind);
  const bumped = (value: bigint) => (value * BUMP_PERCENT[kind] + 99n) / 100n + 1n;
  return {
    maxFeePerGas: max(bumped(before.maxFeePerGas), market.maxFeePerGas),
    maxPriorityFeePerGas: max(bumped(before.maxPriorityFeePerGas), market.maxPriorityFeePerGas),
    maxFeePerBlobGas: kind === "blobs" ? max(bumped(before.maxFeePerBlobGas), market.maxFeePerBlobGas) : 0n,
  };
}

/** Whether L1 asks more now than the ceiling allows. */
export function isAboveCeiling(prices: L1Prices, kind: TransactionKind, ceiling: PriceCeiling): boolean {
  if (prices.baseFee + prices.priorityFee > ceiling.maxFeePerGas) return true;
  return kind === "blobs" && prices.blobBaseFee > ceiling.maxFeePerBlobGas;
}

export function exceeds(fees: L1Fees, ceiling: PriceCeiling): boolean {
  return fees.maxFeePerGas > ceiling.maxFeePerGas || fees.maxFeePerBlobGas > ceiling.maxFeePerBlobGas;
}

/** The offer within the ceiling; it may be less than a replacement needs. */
export function cappedFees(fees: L1Fees, ceiling: PriceCeiling): L1Fees {
  const maxFeePerGas = min(fees.maxFeePerGas, ceiling.maxFeePerGas);
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: min(fees.maxPriorityFeePerGas, maxFeePerGas),
    maxFeePerBlobGas: min(fees.maxFeePerBlobGas, ceiling.maxFeePerBlobGas),
  };
}

/** Wei that the transaction can cost at most. */
export function worstCost(fees: L1Fees, gasLimit: bigint, blobs: number): bigint {
  return gasLimit * fees.maxFeePerGas + BigInt(blobs) * GAS_PER_BLOB * fees.maxFeePerBlobGas;
}

export const GAS_PER_BLOB = 131_072n;

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
