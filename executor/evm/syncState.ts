import type { StateManagerInterface } from "@ethereumjs/common";
import type { Account, Address } from "@ethereumjs/util";

/**
 * What a state manager offers so that storage, accounts and code are read and written without suspending.
 *
 * Storage values may come with or without leading zeros; zero may be empty. The value written has no leading zeros
 * and zero is empty. `originalStorageNow` is the value before the transaction. Accounts handed out are the caller's
 * to change: a change counts only when it is put.
 */
export interface SyncState {
  storageNow(address: Address, slot: Uint8Array): Uint8Array;
  originalStorageNow(address: Address, slot: Uint8Array): Uint8Array;
  putStorageNow(address: Address, slot: Uint8Array, value: Uint8Array): void;
  accountNow(address: Address): Account | undefined;
  codeNow(address: Address): Uint8Array;
  /** The account is accessed although nothing of it is needed, for a state that keeps count of what is accessed. */
  touchNow?(address: Address): void;
  /** Whether the account's balance covers the amount, for a state that tells this question from reading a balance. */
  coversNow?(address: Address, amount: bigint): boolean;
}

export function isSyncState(
  state: StateManagerInterface | (StateManagerInterface & SyncState),
): state is StateManagerInterface & SyncState {
  return "storageNow" in state;
}
