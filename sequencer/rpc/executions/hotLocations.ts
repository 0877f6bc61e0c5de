import type { ContendedLocation, Location } from "../../../executor/index.ts";
import { bytesToHex } from "../../../protocol/index.ts";

export interface HotLocation extends ContendedLocation {
  /** Blocks that had it among their contended locations. */
  blocks: number;
}

/** Sums the contended locations of several blocks; most wanted first, then most often run again, then by name. */
export function hotLocations(blocks: readonly { contended: readonly ContendedLocation[] }[]): HotLocation[] {
  const byName = new Map<string, HotLocation>();
  for (const { contended } of blocks) {
    for (const one of contended) {
      const name = nameOf(one.location);
      const sum = byName.get(name);
      if (sum === undefined) {
        byName.set(name, { ...one, blocks: 1 });
        continue;
      }
      sum.transactions += one.transactions;
      sum.writers += one.writers;
      sum.reExecuted += one.reExecuted;
      sum.blocks++;
    }
  }
  return [...byName]
    .sort(
      ([aName, a], [bName, b]) =>
        b.transactions - a.transactions || b.reExecuted - a.reExecuted || (aName < bName ? -1 : 1),
    )
    .map(([, location]) => location);
}

function nameOf({ address, field, slot }: Location): string {
  return `${bytesToHex(address)} ${field} ${slot === undefined ? "" : bytesToHex(slot)}`;
}
