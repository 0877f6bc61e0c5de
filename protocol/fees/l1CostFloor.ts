/**
 * The price of posting to L1 is inside gas: no block's base fee is below what its gas can cost to post. A transaction
 * can be made of many bytes, but not of more than {@link BYTES_PER_MILLION_GAS} for its gas, so a base fee of
 * `price of a byte × most bytes of a unit of gas` pays for the bytes of every transaction, whatever it is.
 */
import type { ChainConfig } from "../chainConfig.ts";

/** In wei, as the L1 attributes carry them. */
export interface L1Prices {
  /** L1's base fee. */
  baseFee: bigint;
  blobBaseFee: bigint;
}

/**
 * What is assumed of posting; the same on every chain. `gas × floor` covers what L1 takes for a batch
 * - that holds `leastGasPerBatch` of gas, or `fullBatchBytes` in each of its blobs or transactions: an emptier one is
 *   at the operator's cost;
 * - that is included before L1's prices have risen `l1BlocksToInclusion` times, an eighth each time, since the origin
 *   whose prices its oldest block paid.
 */
export const L1_COST = {
  /** L1 gas of a batch besides its bytes: commit, prove, finalize. */
  batchGas: 300_000n,
  /** Wei a unit of L1 gas on top of L1's base fee, so that a batch is taken at all. */
  priorityFee: 30_000_000n,
  leastGasPerBatch: 20_000_000n,
  fullBatchBytes: 100_000n,
  l1BlocksToInclusion: 6n,
  /** In wei. L1 cannot push the floor above it: no origin prices everyone out, and the poster waits for better days. */
  mostFloor: 200_000_000_000n,
} as const;

/** EIP-7623: gas of a non-zero byte of call data, of a transaction that is mostly data. */
const CALLDATA_GAS_PER_BYTE = 40n;
/** EIP-4844. */
const GAS_PER_BLOB = 131_072n;
/** L1's base fee rises by an eighth a block at most (EIP-1559); its blob base fee by no more (EIP-4844, EIP-7892). */
const RISE = { numerator: 9n, denominator: 8n };

/**
 * The most bytes, as posted, of a million gas. EIP-7623 lets call data cost 10 gas a token, four tokens a non-zero byte
 * and one a zero; the mixture that says most for its gas, compressed as well as can be, is 26,185 bytes. Of these 10,
 * 6 can be spent on something else: best on storage keys (EIP-2930: 1900 gas for 32 bytes), 10,105 more. Clearing the
 * slots of such keys pays for another 1,667 by refunds (EIP-3529: a fifth). Signature, nonce, recipient and amounts hide
 * in a transaction's first 21,000 gas. Then 5 % for what encoding adds to bytes that do not compress, and rounding.
 */
export const BYTES_PER_MILLION_GAS = 40_000n;

/** The least base fee at these L1 prices, in wei. */
export function l1CostFloor(config: Pick<ChainConfig, "baseFeeFloor">, prices: L1Prices): bigint {
  const gas = L1_COST.leastGasPerBatch;
  const cost = costToPost((gas * BYTES_PER_MILLION_GAS) / 1_000_000n, prices);
  const rise = L1_COST.l1BlocksToInclusion;
  const floor = divideUp(cost * RISE.numerator ** rise, RISE.denominator ** rise * gas);
  const bounded = floor < L1_COST.mostFloor ? floor : L1_COST.mostFloor;
  return bounded > config.baseFeeFloor ? bounded : config.baseFeeFloor;
}

/** Wei that posting so many bytes costs, by the cheaper of call data and blobs. */
function costToPost(bytes: bigint, prices: L1Prices): bigint {
  const batches = 1n + divideUp(bytes, L1_COST.fullBatchBytes);
  const gasPrice = prices.baseFee + L1_COST.priorityFee;
  const commits = batches * L1_COST.batchGas * gasPrice;
  const calldata = bytes * CALLDATA_GAS_PER_BYTE * gasPrice;
  const blobs = batches * GAS_PER_BLOB * prices.blobBaseFee;
  return commits + (blobs < calldata ? blobs : calldata);
}

function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
