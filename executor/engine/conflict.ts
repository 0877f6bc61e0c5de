import type { Location } from "../types.ts";
import {
  BALANCE,
  CODE,
  changedField,
  EXISTENCE,
  NONCE,
  type ReadSet,
  STORAGE_ROOT,
  sameBytes,
} from "./access.ts";
import { bytesOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

const FIELD_NAMES: ReadonlyMap<number, Location["field"]> = new Map([
  [BALANCE, "balance"],
  [NONCE, "nonce"],
  [CODE, "code"],
  [STORAGE_ROOT, "storageRoot"],
  [EXISTENCE, "existence"],
]);

/** The first location that no longer answers as it was read; undefined when all that was read still holds. */
export function findConflict(reads: ReadSet, overlay: StateOverlay): Location | undefined {
  for (const read of reads.accounts) {
    const { key } = read;
    if (read.fromBase && !overlay.isAccountChanged(key)) continue;
    const saw = read.omitted ? overlay.baseAccount(key) : read.record;
    const field = changedField(read, saw, overlay.account(key));
    if (field !== 0) {
      return { address: bytesOf(key), field: FIELD_NAMES.get(field) ?? "balance", slot: undefined };
    }
  }
  for (const { key, slot, value, fromBase } of reads.slots) {
    if (fromBase && !overlay.isSlotChanged(key, slot)) continue;
    const saw = value ?? overlay.baseStorage(key, slot);
    if (!sameBytes(saw, overlay.storage(key, slot))) {
      return { address: bytesOf(key), field: "storage", slot: bytesOf(slot) };
    }
  }
  return undefined;
}
