import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchRecord, BatchStatus } from "../../chain-store/batchTypes.ts";
import type { WithdrawalOnL1 } from "./portalView.ts";
import { withdrawalProgress } from "./withdrawalStatus.ts";

const hash = new Uint8Array(32);
const batch = (status: BatchStatus): BatchRecord => ({
  ...{ number: 3, firstBlock: 1, lastBlock: 9, size: 1, sealedAt: 0, status },
  ...{ postStateRoot: hash, lastBlockHash: hash, outputRoot: hash, rollingHash: hash, l1OriginHash: hash },
  ...{ l1OriginNumber: 1, messagesConsumed: 0, posting: undefined, commit: undefined, finality: undefined },
  proof:
    status === "proven" || status === "finalized"
      ? { transactionHash: hash, blockNumber: 5, timestamp: 1_000 }
      : undefined,
});
const onL1: WithdrawalOnL1 = {
  ...{ now: 2_000, finalizationPeriod: 100, proven: undefined },
  ...{ limitedUntil: 0, finalized: false, failed: false },
};

test("each step of a withdrawal has its name and its time", () => {
  const status = (record: BatchRecord | undefined, change: Partial<WithdrawalOnL1> = {}) =>
    withdrawalProgress(record, { ...onL1, ...change });
  expect(status(undefined).status).toBe("waiting-for-batch");
  expect(status(batch("sealed")).status).toBe("waiting-for-batch");
  expect(status(batch("committed")).status).toBe("waiting-to-prove");
  expect(status(batch("proven"))).toEqual({
    status: "ready-to-prove",
    earliest: 1_000,
    finalizableAt: 2_100,
  });
  expect(status(batch("finalized"), { finalized: true }).status).toBe("finalized");
});

test("it is ready exactly when its proof, its output and the limit all let it go", () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(1_000), (timestamp, provenAt, limit, now) => {
      const proven = { timestamp, l2OutputIndex: 2, outputProvenAt: provenAt };
      const progress = withdrawalProgress(batch("proven"), { ...onL1, now, proven, limitedUntil: limit });
      const allowed = now >= timestamp + 100 && now >= provenAt + 100 && now >= limit;
      expect(progress.status).toBe(allowed ? "ready-to-finalize" : "waiting-to-finalize");
      expect(progress.earliest).toBe(Math.max(timestamp + 100, provenAt + 100, limit));
    }),
  );
});
