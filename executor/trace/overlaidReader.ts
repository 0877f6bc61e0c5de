import { keyOf } from "../engine/keys.ts";
import type { StateOverlay } from "../engine/stateOverlay.ts";
import type { StateReader } from "../state/types.ts";

/** An overlay as a state that can be read. It follows the overlay. */
export function overlaidReader(overlay: StateOverlay): StateReader {
  return {
    account: (address) => overlay.account(keyOf(address)),
    storage: (address, slot) => overlay.storage(keyOf(address), keyOf(slot)),
    code: (codeHash) => overlay.code(codeHash, keyOf(codeHash)),
  };
}
