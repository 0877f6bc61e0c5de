import { transactionKeys } from "./transactionKeys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

const CONTRACTS_REMEMBERED = 10_000;
const UNKNOWN_CALL_GAS = 60_000;

/**
 * Gas that calls of a contract's function used lately: the weight of the next one. Gas limits say little, wallets
 * ask for far more than is used.
 */
export class GasHistory {
  private readonly used = new Map<string, number>();

  estimate(transaction: LaneTransaction): number {
    const known = this.used.get(transactionKeys(transaction).call);
    return known ?? Math.min(UNKNOWN_CALL_GAS, Number(transaction.gasLimit));
  }

  learn(transaction: LaneTransaction, gasUsed: bigint): void {
    const { call } = transactionKeys(transaction);
    const before = this.used.get(call);
    this.used.delete(call);
    this.used.set(call, before === undefined ? Number(gasUsed) : (before * 3 + Number(gasUsed)) / 4);
    if (this.used.size > CONTRACTS_REMEMBERED) {
      const oldest = this.used.keys().next();
      if (oldest.done !== true) this.used.delete(oldest.value);
    }
  }
}
