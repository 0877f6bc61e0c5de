/** Random choices that a seed repeats. */
export interface RandomSource {
  /** A whole number from 0 to below `bound`; 0 when the bound is. */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32. */
export function createRandomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (bound) => Math.floor(next() * bound),
    chance: (probability) => next() < probability,
    pick(from) {
      const index = Math.floor(next() * from.length);
      for (const one of from.slice(index, index + 1)) return one;
      throw new RangeError("nothing to pick from");
    },
  };
}
