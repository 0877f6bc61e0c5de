import type { StateDiff } from "../../../protocol/index.ts";
import { recordOr, type WriteSet } from "../../engine/access.ts";
import { keyOf } from "../../engine/keys.ts";
import type { StateOverlay } from "../../engine/stateOverlay.ts";
import { overlaidReader } from "../../trace/overlaidReader.ts";
import { type AccountOverride, overridesToDiff } from "../overrides.ts";

/** The writes that the overrides amount to. An account that none of them touches stays away if there is none. */
export function overrideWrites(overlay: StateOverlay, overrides: readonly AccountOverride[]): WriteSet {
  const touching = overrides.filter(
    ({ nonce, balance, code, state, stateDiff = [] }) =>
      nonce !== undefined ||
      balance !== undefined ||
      code !== undefined ||
      state !== undefined ||
      stateDiff.length > 0,
  );
  return diffWrites(overlay, overridesToDiff(overlaidReader(overlay), touching));
}

/** Changes against the overlay's state as writes to it. */
export function diffWrites(overlay: StateOverlay, { accounts, codes }: StateDiff): WriteSet {
  return {
    codes,
    accounts: accounts.map(({ address, account, storageCleared, storage }) => {
      const key = keyOf(address);
      const { balance } = recordOr(overlay.account(key));
      return {
        key,
        deleted: account === undefined,
        nonce: account?.nonce,
        codeHash: account?.codeHash,
        balanceDelta: (account?.balance ?? 0n) - balance,
        storageCleared,
        slots: storage.map(({ slot, value }) => ({ slot: keyOf(slot), value })),
      };
    }),
  };
}
