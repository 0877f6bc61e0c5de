import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../errors.ts";
import { developmentGenesis } from "../genesis.ts";
import { L1_COST, type L1Prices, l1CostFloor } from "./l1CostFloor.ts";
import { NO_L1_PRICES, nextL2BaseFee } from "./nextL2BaseFee.ts";
import { posting, RISE, steadyPath, walkPath } from "./testing/postingSimulation.ts";

const GWEI = 10n ** 9n;
const { config } = developmentGenesis();
const anyPrices = fc.record({
  baseFee: fc.bigInt({ min: 0n, max: 10_000n * GWEI }),
  blobBaseFee: fc.bigInt({ min: 0n, max: 10_000n * GWEI }),
});

test("examples", () => {
  const floor = (baseFee: bigint, blobBaseFee: bigint) => l1CostFloor(config, { baseFee, blobBaseFee });
  expect(floor(0n, 0n)).toBe(config.baseFeeFloor);
  // 9 batches of 300,000 gas at 1.03 gwei, and 9 blobs at 1 wei, for 20 million gas; (9/8)^6 on top.
  expect(floor(GWEI, 1n)).toBe(281_894_193n);
  // Blobs at 20 gwei are dearer than call data at 0.05 gwei + tip.
  expect(floor(GWEI / 20n, 20n * GWEI)).toBe(floor(GWEI / 20n, 2_000n * GWEI));
  expect(floor(10n ** 18n, 10n ** 18n)).toBe(L1_COST.mostFloor);
});

test("the floor follows L1's prices, within its bounds", () => {
  fc.assert(
    fc.property(anyPrices, anyPrices, (a, b) => {
      const least = (x: bigint, y: bigint) => (x < y ? x : y);
      const low = {
        baseFee: least(a.baseFee, b.baseFee),
        blobBaseFee: least(a.blobBaseFee, b.blobBaseFee),
      };
      expect(l1CostFloor(config, low)).toBeLessThanOrEqual(l1CostFloor(config, a));
      expect(l1CostFloor(config, a)).toBeGreaterThanOrEqual(config.baseFeeFloor);
      expect(l1CostFloor(config, a)).toBeLessThanOrEqual(L1_COST.mostFloor);
    }),
  );
});

test("the next base fee is EIP-1559's, or the floor where that is higher", () => {
  const { gasLimit } = config;
  const parent = { gasLimit, gasUsed: gasLimit / 2n, baseFeePerGas: 900_000_000n };
  expect(nextL2BaseFee(config, parent, NO_L1_PRICES)).toBe(900_000_000n);
  const prices = { baseFee: GWEI, blobBaseFee: 1n };
  expect(nextL2BaseFee(config, parent, prices)).toBe(900_000_000n);
  expect(nextL2BaseFee(config, { ...parent, baseFeePerGas: 260_000_000n }, prices)).toBe(281_894_193n);
  const full = { ...parent, gasUsed: gasLimit };
  expect(nextL2BaseFee(config, full, prices)).toBe(900_000_000n + 900_000_000n / 960n);
});

test("the floor lifts the base fee by an eighth a block at most, and by that until it holds", () => {
  const { gasLimit } = config;
  const prices = { baseFee: GWEI, blobBaseFee: 1n };
  let parent = { gasLimit, gasUsed: 0n, baseFeePerGas: config.baseFeeFloor };
  let blocks = 0;
  for (; parent.baseFeePerGas < 281_894_193n; blocks++) {
    const baseFeePerGas = nextL2BaseFee(config, parent, prices);
    expect(baseFeePerGas * 8n).toBeLessThanOrEqual(parent.baseFeePerGas * 9n);
    parent = { ...parent, baseFeePerGas };
  }
  expect(blocks).toBe(23);
  expect(nextL2BaseFee(config, parent, prices)).toBe(281_894_193n);
  // Whatever the parent has, the chain's own floor holds at once.
  expect(nextL2BaseFee(config, { ...parent, baseFeePerGas: 1n }, prices)).toBe(config.baseFeeFloor);
});

/** L1 blocks from the origin to the block that takes the batch: within what the floor foresees. */
const IN_TIME = Number(L1_COST.l1BlocksToInclusion);

test("every batch that is not nearly empty earns what L1 takes for it, whatever the prices do", () => {
  let checked = 0;
  fc.assert(
    fc.property(
      walkPath(80),
      fc.nat(2 ** 32 - 1),
      fc.integer({ min: 1_000, max: 38_000 }),
      (prices, seed, bytesPerMillionGas) => {
        for (const batch of posting({ prices, seed, bytesPerMillionGas, blocksToInclusion: IN_TIME })
          .batches) {
          if (batch.emptierThanAssumed) continue;
          checked++;
          expect(batch.income).toBeGreaterThanOrEqual(batch.cost);
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(checked).toBeGreaterThan(500);
});

test("the steepest rise that L1 allows, a hundred times the price in eight minutes: all of it is paid for", () => {
  const rise = steadyPath({ baseFee: GWEI, blobBaseFee: GWEI }, 40, RISE);
  expect(rise.at(-1)?.baseFee).toBeGreaterThan(98n * GWEI);
  for (const bytesPerMillionGas of [5_000, 26_000, 38_000]) {
    const { batches, total } = posting({
      prices: rise,
      seed: 1,
      bytesPerMillionGas,
      blocksToInclusion: IN_TIME,
    });
    const due = batches.filter((batch) => !batch.emptierThanAssumed);
    expect(due.length).toBeGreaterThan(10);
    for (const { income, cost } of due) expect(income).toBeGreaterThanOrEqual(cost);
    expect(total.income).toBeGreaterThan(total.cost);
  }
});

test("without the floor the same rise is paid by the operator", () => {
  const prices = steadyPath({ baseFee: GWEI, blobBaseFee: GWEI }, 40, RISE);
  const { total } = posting({
    prices,
    seed: 1,
    bytesPerMillionGas: 26_000,
    blocksToInclusion: IN_TIME,
    withoutFloor: true,
  });
  expect(total.income * 20n).toBeLessThan(total.cost);
});

test("a spike that comes and goes is paid for in sum even by a poster who is three times as slow", () => {
  const fall = { numerator: 7n, denominator: 8n };
  const up = steadyPath({ baseFee: GWEI, blobBaseFee: GWEI }, 30, RISE);
  const top = up.at(-1);
  if (top === undefined) throw new InvariantError("the rise has no end");
  const prices: L1Prices[] = [...up, ...steadyPath(top, 30, fall), ...steadyPath(up[0] ?? top, 20)];
  const slow = { prices, seed: 2, bytesPerMillionGas: 38_000, blocksToInclusion: 3 * IN_TIME };
  const { batches, total } = posting(slow);
  expect(batches.some(({ income, cost }) => income < cost)).toBe(true);
  expect(total.income).toBeGreaterThan(total.cost);
});
