import type { Transaction } from "../../protocol/index.ts";
import type { BlockCandidates } from "../mempool/types.ts";
import type { BlockProgress, SealingRule } from "./sealing/sealingRule.ts";

export interface Selection {
  transactions: Transaction[];
  /** The rules that closed the block to some candidate, once each. */
  closedBy: Set<SealingRule["name"]>;
}

/** Takes candidates in order (tip, then arrival) for as long as every sealing rule admits them. */
export function selectTransactions(
  candidates: BlockCandidates,
  rules: SealingRule[],
  baseFeePerGas: bigint,
): Selection {
  const progress: BlockProgress = { count: 0, gas: 0n, bytes: 0 };
  const closedBy = new Set<SealingRule["name"]>();
  const transactions = candidates.select({
    baseFeePerGas,
    accept(transaction) {
      const refusal = rules.find((rule) => !rule.admits(progress, transaction));
      if (refusal !== undefined) {
        closedBy.add(refusal.name);
        return false;
      }
      progress.count++;
      progress.gas += transaction.gasLimit;
      progress.bytes += transaction.raw.length;
      return true;
    },
  });
  return { transactions, closedBy };
}
