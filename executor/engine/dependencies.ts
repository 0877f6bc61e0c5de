import type { Footprint } from "./footprint.ts";
import type { Key } from "./keys.ts";

/**
 * For each transaction the earlier ones whose writes it is expected to read. That is the only order that lanes must
 * keep: results are merged in block order anyway, so a later write never disturbs an earlier read.
 */
export function dependencies(footprints: readonly (Footprint | undefined)[]): number[][] {
  const lastWriter = new Map<Key, number>();
  return footprints.map((footprint, index) => {
    if (footprint === undefined) return NOTHING;
    const needed: number[] = [];
    for (const key of footprint.reads) addWriter(needed, lastWriter.get(key), index);
    for (const key of footprint.writes) {
      addWriter(needed, lastWriter.get(key), index);
      lastWriter.set(key, index);
    }
    return needed;
  });
}

const NOTHING: number[] = [];

function addWriter(needed: number[], writer: number | undefined, reader: number): void {
  if (writer !== undefined && writer !== reader && !needed.includes(writer)) needed.push(writer);
}

/** Transactions that hang together, directly or not (union-find); in block order, in each the indexes ascend. */
export function components(needs: readonly number[][], members: readonly number[]): number[][] {
  const parent = needs.map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    for (let up = parent[root] ?? root; up !== root; up = parent[root] ?? root) root = up;
    for (let at = i; at !== root; ) {
      const up = parent[at] ?? root;
      parent[at] = root;
      at = up;
    }
    return root;
  };
  for (const index of members) for (const needed of needs[index] ?? []) parent[find(index)] = find(needed);
  const groups = new Map<number, number[]>();
  for (const index of members) {
    const root = find(index);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [index]);
    else group.push(index);
  }
  return [...groups.values()];
}
