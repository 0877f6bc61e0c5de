import { bytesToHex, hexToBytes, type StateDiff } from "../../protocol/index.ts";
import { sameBytes } from "../engine/access.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import type { StateReader } from "./types.ts";

interface TouchedAccount {
  address: Uint8Array;
  slots: Map<string, Uint8Array>;
  /** A block took all its storage away, so that the slots it had are in no later diff. */
  lostStorage: boolean;
}

/**
 * What blocks that are to be undone changed. Whatever is not in here has the same value before and after them, so
 * writing the old values of these places gives the old flat tables.
 */
export class UndoneChanges {
  readonly #accounts = new Map<string, TouchedAccount>();

  add(diff: StateDiff): void {
    for (const { address, account, storageCleared, storage } of diff.accounts) {
      const touched = this.#account(address);
      if (account === undefined || storageCleared) touched.lostStorage = true;
      for (const { slot } of storage) touched.slots.set(bytesToHex(slot), slot);
    }
  }

  accounts(): IterableIterator<TouchedAccount> {
    return this.#accounts.values();
  }

  /**
   * Accounts that had storage before and lost all of it. The trie knows their slots by hash only: the slots have to be
   * collected from the diffs that wrote them, with {@link addSlotsOf}.
   */
  lost(before: StateReader): Set<string> {
    const lost = new Set<string>();
    for (const { address, lostStorage } of this.#accounts.values()) {
      if (!lostStorage) continue;
      const root = before.account(address)?.storageRoot;
      if (root !== undefined && !sameBytes(root, EMPTY_TRIE_ROOT)) lost.add(bytesToHex(address));
    }
    return lost;
  }

  addSlotsOf(addresses: ReadonlySet<string>, diff: StateDiff): void {
    for (const { address, storage } of diff.accounts) {
      if (storage.length === 0 || !addresses.has(bytesToHex(address))) continue;
      const { slots } = this.#account(address);
      for (const { slot } of storage) slots.set(bytesToHex(slot), slot);
    }
  }

  #account(address: Uint8Array): TouchedAccount {
    const key = bytesToHex(address);
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = { address: hexToBytes(key), slots: new Map(), lostStorage: false };
      this.#accounts.set(key, account);
    }
    return account;
  }
}

/** Diffs of a chain's blocks, oldest first. */
export type StateDiffs = AsyncIterable<{ diff: StateDiff }>;

/**
 * Gathers what the blocks after the target changed.
 *
 * @param undone diffs of the blocks after the target
 * @param before the state at the target
 * @param kept diffs of all blocks up to the target; read only when an account lost its storage, which since EIP-6780
 *   can only happen to one that had storage without nonce, balance and code
 */
export async function collectUndone(
  undone: StateDiffs,
  before: StateReader,
  kept: () => StateDiffs,
): Promise<UndoneChanges> {
  const changes = new UndoneChanges();
  for await (const { diff } of undone) changes.add(diff);
  const lost = changes.lost(before);
  if (lost.size > 0) for await (const { diff } of kept()) changes.addSlotsOf(lost, diff);
  return changes;
}
