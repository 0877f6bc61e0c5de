import { DecodeError } from "../errors.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import { MAX_TRANSACTION_GAS } from "../transaction/intrinsicGas.ts";
import type { Transaction } from "../transaction/transaction.ts";

/**
 * What bytes that someone queued on L1 with `forceTransaction` are on L2: a transaction to be tried in its turn, or the
 * reason why they can never be part of a block. Whoever builds, proves or verifies a block asks here.
 *
 * The rule of forced transactions: each takes its place in the queue. One that can be tried is run behind the block's
 * deposits, in the queue's order, and is part of the block exactly if it is valid there by the rules that hold for
 * any transaction (nonce, fees, funds, gas); otherwise nothing remains of it. A block that consumes it has room for all
 * its gas, so want of room is never the reason.
 */
export function forcedTransaction(signed: Uint8Array, chainId: bigint): Transaction | string {
  try {
    const transaction = decodeTransaction(signed, { chainId });
    return transaction.gasLimit > MAX_TRANSACTION_GAS ? "more gas than a transaction may have" : transaction;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
