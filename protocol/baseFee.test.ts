import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextBaseFee } from "./baseFee.ts";
import { developmentGenesis } from "./genesis.ts";

const { config } = developmentGenesis();
const { gasLimit } = config;

describe("nextBaseFee", () => {
  it("stays at the target, moves by at most 1/960 and never leaves the floor", () => {
    const fee = 9_600_000_000n;
    const next = (gasUsed: bigint, baseFeePerGas = fee) =>
      nextBaseFee(config, { gasLimit, gasUsed, baseFeePerGas });
    expect(next(gasLimit / 2n)).toBe(fee);
    expect(next(gasLimit)).toBe(fee + 10_000_000n);
    expect(next(0n)).toBe(fee - 10_000_000n);
    expect(next(0n, config.baseFeeFloor)).toBe(config.baseFeeFloor);
    expect(next(gasLimit / 2n + 1n, config.baseFeeFloor)).toBe(config.baseFeeFloor + 1n);
  });

  it("is EIP-1559 with the mainnet constants", () => {
    const mainnet = { baseFeeFloor: 0n, baseFeeElasticity: 2n, baseFeeChangeDenominator: 8n };
    const parent = { gasLimit: 30_000_000n, baseFeePerGas: 1_000_000_000n };
    expect(nextBaseFee(mainnet, { ...parent, gasUsed: 30_000_000n })).toBe(1_125_000_000n);
    expect(nextBaseFee(mainnet, { ...parent, gasUsed: 0n })).toBe(875_000_000n);
  });

  it("is monotone in gas used and bounded", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: config.baseFeeFloor, max: 10n ** 15n }),
        fc.bigInt({ min: 0n, max: gasLimit }),
        fc.bigInt({ min: 0n, max: gasLimit }),
        (baseFeePerGas, a, b) => {
          const [less, more] = a < b ? [a, b] : [b, a];
          const low = nextBaseFee(config, { gasLimit, gasUsed: less, baseFeePerGas });
          const high = nextBaseFee(config, { gasLimit, gasUsed: more, baseFeePerGas });
          expect(low).toBeLessThanOrEqual(high);
          expect(low).toBeGreaterThanOrEqual(config.baseFeeFloor);
          expect(high).toBeLessThanOrEqual(baseFeePerGas + baseFeePerGas / 960n + 1n);
        },
      ),
    );
  });
});
