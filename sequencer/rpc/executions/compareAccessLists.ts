import { type AccessListEntry, bytesToHex, hexToBytes } from "../../../protocol/index.ts";

/** Slots by account; both as 0x-hex. */
type Slots = Map<string, Set<string>>;

export interface AccessListDifference {
  /** Touched and not declared. */
  missing: AccessListEntry[];
  /** Declared and not touched. */
  superfluous: AccessListEntry[];
}

/**
 * How a declared list differs from what was touched. `implied` accounts (sender, recipient, fee recipient) are known
 * without a list: naming one or not makes no difference, their slots do. Nobody has to name a precompile. A list may name
 * an account or a slot twice.
 */
export function compareAccessLists(
  declared: readonly AccessListEntry[],
  touched: readonly AccessListEntry[],
  implied: readonly Uint8Array[],
): AccessListDifference {
  const [declaredSlots, touchedSlots] = [slotsOf(declared), slotsOf(touched)];
  const known = new Set<string>(implied.map(bytesToHex));
  return {
    missing: without(touchedSlots, declaredSlots, (account) => known.has(account) || isPrecompile(account)),
    superfluous: without(declaredSlots, touchedSlots, (account) => known.has(account)),
  };
}

/** All of Ethereum's lie below 2^16, and nothing else does. */
function isPrecompile(account: string): boolean {
  return account.startsWith(`0x${"00".repeat(18)}`);
}

function slotsOf(list: readonly AccessListEntry[]): Slots {
  const slots: Slots = new Map();
  for (const { address, storageKeys } of list) {
    const key = bytesToHex(address);
    const known = slots.get(key) ?? new Set();
    for (const slot of storageKeys) known.add(bytesToHex(slot));
    slots.set(key, known);
  }
  return slots;
}

/** What `all` has and `other` has not; an account without further slots only when it is not there at all. */
function without(all: Slots, other: Slots, isNeutral: (account: string) => boolean): AccessListEntry[] {
  const entries: AccessListEntry[] = [];
  for (const [address, slots] of all) {
    const known = other.get(address);
    const left = [...slots].filter((slot) => known?.has(slot) !== true);
    if (left.length === 0 && (known !== undefined || isNeutral(address))) continue;
    entries.push({ address: hexToBytes(address), storageKeys: left.map(hexToBytes) });
  }
  return entries;
}
