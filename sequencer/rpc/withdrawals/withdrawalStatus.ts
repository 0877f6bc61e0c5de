import type { BatchRecord } from "../../chain-store/batchTypes.ts";
import type { WithdrawalOnL1 } from "./portalView.ts";

/** How far a withdrawal is, in the words that viem's wallets use. */
export type WithdrawalStatus =
  | "waiting-for-batch"
  | "waiting-to-prove"
  | "ready-to-prove"
  | "waiting-to-finalize"
  | "ready-to-finalize"
  | "finalized";

export interface WithdrawalProgress {
  status: WithdrawalStatus;
  /** Seconds: L1 takes the next step in a block of this time or later; undefined: that is not known yet. */
  earliest: number | undefined;
  /** Seconds: were the next step taken now, when the last one could follow. Undefined before it can be proven. */
  finalizableAt: number | undefined;
}

/**
 * What the contracts will answer, computed as they do. `batch`: the one that holds the withdrawal's block. A withdrawal
 * may wait for its own proof's age, for its output's, and for the limit on value.
 */
export function withdrawalProgress(
  batch: BatchRecord | undefined,
  { now, finalizationPeriod, proven, limitedUntil, finalized }: WithdrawalOnL1,
): WithdrawalProgress {
  if (finalized) return { status: "finalized", earliest: undefined, finalizableAt: undefined };
  if (proven !== undefined) {
    const finalizableAt = Math.max(
      proven.timestamp + finalizationPeriod,
      proven.outputProvenAt + finalizationPeriod,
      limitedUntil,
    );
    const status = now >= finalizableAt ? "ready-to-finalize" : "waiting-to-finalize";
    return { status, earliest: finalizableAt, finalizableAt };
  }
  if (batch === undefined || batch.status === "sealed") {
    return { status: "waiting-for-batch", earliest: undefined, finalizableAt: undefined };
  }
  if (batch.proof === undefined) {
    return { status: "waiting-to-prove", earliest: undefined, finalizableAt: undefined };
  }
  const earliest = batch.proof.timestamp;
  return { status: "ready-to-prove", earliest, finalizableAt: now + finalizationPeriod };
}
