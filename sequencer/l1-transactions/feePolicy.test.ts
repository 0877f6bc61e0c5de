import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bumpedFees,
  cappedFees,
  exceeds,
  isAboveCeiling,
  marketFees,
  type PriceCeiling,
  worstCost,
} from "./feePolicy.ts";
import { L1Error } from "./l1Error.ts";
import { type NodeRefusal, nodeRefusal } from "./nodeRefusal.ts";
import type { L1Prices, TransactionKind } from "./types.ts";

const wei = fc.bigInt({ min: 0n, max: 10n ** 14n });
const prices: fc.Arbitrary<L1Prices> = fc.record({ baseFee: wei, priorityFee: wei, blobBaseFee: wei });
const kind = fc.constantFrom<TransactionKind>("plain", "blobs");

test("a raised offer is what nodes ask of a replacement, and never below the market", () => {
  fc.assert(
    fc.property(prices, prices, kind, (before, now, of) => {
      const first = marketFees(before, of);
      const next = bumpedFees(first, now, of);
      const market = marketFees(now, of);
      const percent = of === "blobs" ? 200n : 110n;
      for (const field of ["maxFeePerGas", "maxPriorityFeePerGas"] as const) {
        expect(next[field] * 100n).toBeGreaterThanOrEqual(first[field] * percent);
        expect(next[field]).toBeGreaterThan(first[field]);
        expect(next[field]).toBeGreaterThanOrEqual(market[field]);
      }
      if (of === "plain") expect(next.maxFeePerBlobGas).toBe(0n);
      else expect(next.maxFeePerBlobGas).toBeGreaterThanOrEqual(first.maxFeePerBlobGas * 2n);
    }),
  );
});

test("under the ceiling an offer is never above it, and pays what L1 asks now", () => {
  fc.assert(
    fc.property(prices, kind, fc.tuple(wei, wei), (now, of, [maxFeePerGas, maxFeePerBlobGas]) => {
      const ceiling: PriceCeiling = { maxFeePerGas, maxFeePerBlobGas };
      const offer = cappedFees(marketFees(now, of), ceiling);
      expect(exceeds(offer, ceiling)).toBe(false);
      expect(offer.maxPriorityFeePerGas).toBeLessThanOrEqual(offer.maxFeePerGas);
      if (isAboveCeiling(now, of, ceiling)) return;
      expect(offer.maxFeePerGas).toBeGreaterThanOrEqual(now.baseFee + now.priorityFee);
      if (of === "blobs") expect(offer.maxFeePerBlobGas).toBeGreaterThanOrEqual(now.blobBaseFee);
    }),
  );
});

test("the worst cost counts blob gas", () => {
  const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 7n };
  expect(worstCost(fees, 100n, 2)).toBe(300n + 2n * 131_072n * 7n);
});

test.each<[string, NodeRefusal | undefined]>([
  ["replacement transaction underpriced", "underpriced"],
  ["transaction underpriced", "underpriced"],
  ["max fee per gas less than block base fee: fee cap less than block base fee", "underpriced"],
  ["already known", "known"],
  ["transaction already imported", "known"],
  ["nonce too low: next nonce 5, tx nonce 4", "nonce"],
  ["insufficient funds for gas * price + value: balance 1", "funds"],
  ["address already reserved", "other-kind"],
  ["execution reverted: custom error 0x12345678", "reverted"],
  ["fetch failed", undefined],
])("an L1 node's %j", (words, refusal) => {
  expect(nodeRefusal(new L1Error("sending", new Error(words)))).toBe(refusal);
});
