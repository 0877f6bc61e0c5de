import { bytesEqual } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import type { Key } from "./keys.ts";

/**
 * What a transaction saw and what it leaves behind. A transaction's result is right at its place in the block exactly
 * when everything in its reads still holds there: nothing else can have influenced it.
 *
 * Balances commute: what is only credited or debited is a difference, and the read is no value but the range of
 * balances under which every debit goes the same way. Only who looks at a balance depends on it.
 */

/** Bits that name the fields of an account. */
export const BALANCE = 1;
export const NONCE = 2;
export const CODE = 4;
export const STORAGE_ROOT = 8;
/** Whether there is an account at all, and whether it is dead in the sense of EIP-161. */
export const EXISTENCE = 16;
export const ALL_FIELDS = BALANCE | NONCE | CODE | STORAGE_ROOT | EXISTENCE;

export const MAX_BALANCE: bigint = 2n ** 256n - 1n;
/** Above it sums could overflow: there a balance that is touched counts as looked at. */
export const COMMUTING_LIMIT: bigint = 2n ** 255n;

export interface AccountRead {
  key: Key;
  /** As first seen; undefined when there was no account. */
  record: AccountRecord | undefined;
  /** True when it came from the parent's state, untouched by this block as far as the lane knew. */
  fromBase: boolean;
  /** `record` was left out on the way from a lane: it is the parent state's, which the coordinator has too. */
  omitted: boolean;
  /** The fields that were looked at. */
  fields: number;
  /** Least balance with which all that was paid could be paid. */
  minBalance: bigint;
  /** Greatest balance with which all that could not be paid could not; undefined when all was paid. */
  maxBalance: bigint | undefined;
}

export interface SlotRead {
  key: Key;
  slot: Key;
  /** As first seen; undefined when it was left out on the way from a lane, because it is the parent state's. */
  value: Uint8Array | undefined;
  fromBase: boolean;
}

export interface AccountWrite {
  key: Key;
  /** The account is gone, with its storage. */
  deleted: boolean;
  /** New value; undefined = as it was. */
  nonce: bigint | undefined;
  /** New value; undefined = as it was. */
  codeHash: Uint8Array | undefined;
  /** Change of the balance. */
  balanceDelta: bigint;
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

const NO_ACCOUNT: AccountRecord = {
  nonce: 0n,
  balance: 0n,
  codeHash: EMPTY_CODE_HASH,
  storageRoot: EMPTY_TRIE_ROOT,
};

/** What an account that does not exist holds. */
export function recordOr(record: AccountRecord | undefined): AccountRecord {
  return record ?? NO_ACCOUNT;
}

/**
 * The bit of a field in which an account as it is now answers a transaction otherwise than the one that it `saw`;
 * 0 when the transaction would go the same way.
 */
export function changedField(
  read: AccountRead,
  saw: AccountRecord | undefined,
  now: AccountRecord | undefined,
): number {
  const { fields } = read;
  if (saw === now) return 0;
  if ((fields & EXISTENCE) !== 0) {
    if ((saw === undefined) !== (now === undefined) || isDead(saw) !== isDead(now)) return EXISTENCE;
  }
  const seen = recordOr(saw);
  const current = recordOr(now);
  if ((fields & NONCE) !== 0 && seen.nonce !== current.nonce) return NONCE;
  if ((fields & CODE) !== 0 && !sameBytes(seen.codeHash, current.codeHash)) return CODE;
  if ((fields & STORAGE_ROOT) !== 0 && !sameBytes(seen.storageRoot, current.storageRoot)) return STORAGE_ROOT;
  return balanceHolds(read, seen.balance, current.balance) ? 0 : BALANCE;
}

function balanceHolds(read: AccountRead, seen: bigint, now: bigint): boolean {
  if (seen === now) return true;
  if ((read.fields & BALANCE) !== 0 || now > COMMUTING_LIMIT) return false;
  return now >= read.minBalance && (read.maxBalance === undefined || now <= read.maxBalance);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || bytesEqual(a, b);
}
