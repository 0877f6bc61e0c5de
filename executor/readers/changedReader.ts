import { type AccountChange, EMPTY_BYTES, type StateDiff } from "../../protocol/index.ts";
import { type Key, keyOf } from "../engine/keys.ts";
import type { AccountRecord, StateReader } from "../state/types.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";

interface ChangedAccount {
  change: AccountChange;
  slots: Map<Key, Uint8Array>;
}

/**
 * A state with changes laid over it. Storage roots stay those of before: what reads through the trie (proofs) must not
 * be asked of it.
 */
export function changedReader(base: StateReader, changes: StateDiff): StateReader {
  const accounts = new Map<Key, ChangedAccount>();
  for (const change of changes.accounts) {
    const slots = new Map(change.storage.map(({ slot, value }) => [keyOf(slot), value]));
    accounts.set(keyOf(change.address), { change, slots });
  }
  const codes = new Map(changes.codes.map(({ hash, code }) => [keyOf(hash), code]));
  return {
    account(address) {
      const changed = accounts.get(keyOf(address));
      return changed === undefined ? base.account(address) : recordOf(changed.change, base);
    },
    storage(address, slot) {
      const changed = accounts.get(keyOf(address));
      if (changed === undefined) return base.storage(address, slot);
      const value = changed.slots.get(keyOf(slot));
      if (value !== undefined) return value;
      const gone = changed.change.storageCleared || changed.change.account === undefined;
      return gone ? EMPTY_BYTES : base.storage(address, slot);
    },
    code: (codeHash) => codes.get(keyOf(codeHash)) ?? base.code(codeHash),
  };
}

function recordOf(
  { address, account, storageCleared }: AccountChange,
  base: StateReader,
): AccountRecord | undefined {
  if (account === undefined) return undefined;
  const before = storageCleared ? undefined : base.account(address);
  return { ...account, storageRoot: before?.storageRoot ?? EMPTY_TRIE_ROOT };
}
