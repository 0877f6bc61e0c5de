import { keccak256 } from "../../../protocol/index.ts";

export interface Repeatable {
  /** A whole number from 0 to `below` - 1. */
  (below: number): number;
  shuffled: <T>(list: T[]) => T[];
}

/** The same choices on every machine: a xorshift generator that starts from a name. */
export function repeatable(name: string): Repeatable {
  let state = Buffer.from(keccak256(Buffer.from(name))).readUInt32BE(0) || 1;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
  const shuffled = <T>(list: T[]): T[] =>
    list
      .map((item) => ({ item, key: next(2 ** 31) }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  return Object.assign(next, { shuffled });
}
