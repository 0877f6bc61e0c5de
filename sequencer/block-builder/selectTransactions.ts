import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import type { BlockCandidates, TransactionCondition } from "../mempool/index.ts";
import type { BlockProgress, SealingRule } from "./sealing/sealingRule.ts";

export interface Selection {
  transactions: Transaction[];
  /** The rules that closed the block to some candidate, once each. */
  closedBy: Set<SealingRule["name"]>;
  /** Their turn came, and what they were sent under does not hold. */
  unmet: { transaction: Transaction; reason: string }[];
}

/**
 * Takes candidates in order (tip, then arrival) for as long as every sealing rule admits them. `failure` says why a
 * condition does not hold for this block. `fromL1` comes before them: its gas is spent, and what is forced is not taken
 * from the pool as well.
 */
export function selectTransactions(
  candidates: Pick<BlockCandidates, "select">,
  rules: SealingRule[],
  baseFeePerGas: bigint,
  failure: (condition: TransactionCondition) => string | undefined,
  fromL1: readonly Transaction[] = [],
): Selection {
  const progress: BlockProgress = {
    count: fromL1.length,
    gas: fromL1.reduce((sum, { gasLimit }) => sum + gasLimit, 0n),
    bytes: 0,
  };
  const forced = new Set(fromL1.map(({ hash }) => bytesToHex(hash)));
  const closedBy = new Set<SealingRule["name"]>();
  const unmet: Selection["unmet"] = [];
  const transactions = candidates.select({
    baseFeePerGas,
    accept(transaction, condition) {
      if (forced.size > 0 && forced.has(bytesToHex(transaction.hash))) return false;
      const refusal = rules.find((rule) => !rule.admits(progress, transaction));
      if (refusal !== undefined) {
        closedBy.add(refusal.name);
        return false;
      }
      const reason = condition && failure(condition);
      if (reason !== undefined) {
        unmet.push({ transaction, reason });
        return false;
      }
      progress.count++;
      progress.gas += transaction.gasLimit;
      progress.bytes += transaction.raw.length;
      return true;
    },
  });
  return { transactions, closedBy, unmet };
}
