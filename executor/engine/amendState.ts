import { keccak256 } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import type { StateAmendment } from "../types.ts";
import { isDead, recordOr, sameBytes } from "./access.ts";
import { keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

/** Writes what a developer set, as a transaction's writes would be. */
export function amendState(overlay: StateOverlay, amendment: StateAmendment): void {
  const key = keyOf(amendment.address);
  const now = recordOr(overlay.account(key));
  const { balance, nonce, code, storage } = amendment;
  const hash = code === undefined || code.length === 0 ? EMPTY_CODE_HASH : keccak256(code);
  const after = {
    ...now,
    balance: balance ?? now.balance,
    nonce: nonce ?? now.nonce,
    codeHash: code === undefined ? now.codeHash : hash,
  };
  const hasStorage = storage !== undefined || !sameBytes(now.storageRoot, EMPTY_TRIE_ROOT);
  overlay.apply({
    accounts: [
      {
        key,
        // EIP-161: there are no accounts without anything.
        deleted: isDead(after) && !hasStorage,
        nonce,
        codeHash: code === undefined ? undefined : hash,
        balanceDelta: balance === undefined ? 0n : balance - now.balance,
        storageCleared: false,
        slots: (storage ?? []).map(({ slot, value }) => ({ slot: keyOf(slot), value })),
      },
    ],
    codes: code === undefined || code.length === 0 ? [] : [{ hash, code }],
  });
}
