import fc from "fast-check";
import { expect, test } from "vitest";
import type { L1Prices } from "../l1-transactions/index.ts";
import { chooseDataKind, dataCosts, dataSize, MAX_CALLDATA_BYTES } from "./chooseDataKind.ts";

const GWEI = 10n ** 9n;
const prices = (baseFee: bigint, blobBaseFee: bigint): L1Prices => ({
  baseFee,
  blobBaseFee,
  priorityFee: 1n,
});
const full = { bytes: 100_000, zeros: 400 };

test("the cheaper way is taken, and the choice flips with the prices", () => {
  expect(chooseDataKind(full, prices(20n * GWEI, GWEI))).toBe("blobs");
  expect(chooseDataKind(full, prices(20n * GWEI, 5_000n * GWEI))).toBe("calldata");
  expect(chooseDataKind(full, prices(GWEI / 100n, 20n * GWEI))).toBe("calldata");
  // A small batch pays for a whole blob all the same.
  expect(chooseDataKind({ bytes: 300, zeros: 0 }, prices(10n * GWEI, GWEI))).toBe("calldata");
  expect(chooseDataKind({ bytes: 300, zeros: 0 }, prices(10n * GWEI, 1n))).toBe("blobs");
});

test("what does not fit an L1 transaction goes in blobs at any price", () => {
  expect(chooseDataKind({ bytes: MAX_CALLDATA_BYTES + 1, zeros: 0 }, prices(1n, 10n ** 18n))).toBe("blobs");
});

test("costs rise with prices and size, and the choice is the smaller one", () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 13n });
  const bytes = fc.integer({ min: 1, max: MAX_CALLDATA_BYTES });
  fc.assert(
    fc.property(bytes, amount, amount, amount, (size, base, blob, more) => {
      const data = { bytes: size, zeros: Math.floor(size / 50) };
      const costs = dataCosts(data, prices(base, blob));
      expect(dataCosts(data, prices(base + more, blob)).calldata).toBeGreaterThan(costs.calldata);
      expect(dataCosts(data, prices(base, blob + more)).blobs).toBeGreaterThan(costs.blobs);
      expect(dataCosts(data, prices(base, blob + more)).calldata).toBe(costs.calldata);
      const chosen = chooseDataKind(data, prices(base, blob));
      expect(costs[chosen]).toBe(costs.blobs < costs.calldata ? costs.blobs : costs.calldata);
    }),
  );
});

test("zero bytes are counted", () => {
  expect(dataSize(Uint8Array.of(0, 1, 0, 2, 3))).toEqual({ bytes: 5, zeros: 2 });
});

test("estimates are what L1 was seen to charge (docs/contracts.md)", () => {
  const oneWei: L1Prices = { baseFee: 1n, priorityFee: 0n, blobBaseFee: 0n };
  const near = (estimate: bigint, measured: number) =>
    expect(Math.abs(Number(estimate) / measured - 1)).toBeLessThan(0.02);
  near(dataCosts({ bytes: 1_000, zeros: 0 }, oneWei).calldata, 137_440);
  near(dataCosts({ bytes: 100_000, zeros: 0 }, oneWei).calldata, 4_030_100);
  near(dataCosts({ bytes: 100_000, zeros: 0 }, oneWei).blobs, 121_088);
  expect(dataCosts({ bytes: 100_000, zeros: 0 }, { ...oneWei, baseFee: 0n, blobBaseFee: 1n }).blobs).toBe(
    131_072n,
  );
});
