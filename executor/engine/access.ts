import { bytesEqual } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import type { Key } from "./keys.ts";

/**
 * What a transaction saw and what it leaves behind. A transaction's result is right at its place in the block
 * exactly when each value in its reads is the current one there: nothing else can have influenced it.
 */
export interface AccountRead {
  key: Key;
  /** As first seen; undefined when there was no account. Code is read through `codeHash`. */
  record: AccountRecord | undefined;
  /** True when it came from the parent's state, untouched by this block as far as the lane knew. */
  fromBase: boolean;
}

export interface SlotRead {
  key: Key;
  slot: Key;
  value: Uint8Array;
  fromBase: boolean;
}

export interface AccountWrite {
  key: Key;
  /** After the transaction; undefined = deleted. Equal to what was read when only storage changed. */
  record: AccountRecord | undefined;
  /** All storage of before is gone. */
  storageCleared: boolean;
  slots: { slot: Key; value: Uint8Array }[];
}

export interface ReadSet {
  accounts: AccountRead[];
  slots: SlotRead[];
}

export interface WriteSet {
  accounts: AccountWrite[];
  codes: { hash: Uint8Array; code: Uint8Array }[];
}

export function hasCode(record: AccountRecord): boolean {
  return record.codeHash !== EMPTY_CODE_HASH && !bytesEqual(record.codeHash, EMPTY_CODE_HASH);
}

/** EIP-161: no nonce, no balance, no code. */
export function isDead(record: AccountRecord | undefined): boolean {
  return record === undefined || (record.nonce === 0n && record.balance === 0n && !hasCode(record));
}

export function sameRecord(a: AccountRecord | undefined, b: AccountRecord | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.nonce === b.nonce &&
    a.balance === b.balance &&
    sameBytes(a.codeHash, b.codeHash) &&
    sameBytes(a.storageRoot, b.storageRoot)
  );
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || bytesEqual(a, b);
}
