import { bytesEqual, contractAddress } from "../../protocol/index.ts";
import type { FootprintSource } from "../types.ts";
import { hasCode } from "./access.ts";
import { authorities } from "./authorities.ts";
import type { FootprintMemory } from "./footprintMemory.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { transactionKeys } from "./transactionKeys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/**
 * Where a transaction is expected to read and to write: a guess, made of what it declares, what its form implies and
 * what was learned from the likes of it. Locations are slots and codes; balances commute and are none, and a sender's
 * nonce can be assumed.
 */
export interface Footprint {
  /** Some may be among the writes as well, or twice. */
  reads: Key[];
  /** Also read: a slot cannot be set without its old value deciding the gas. */
  writes: Key[];
  source: FootprintSource;
}

/** Makes a location of an account's code, and of "somewhere in this contract" and "this sender's nonce". */
const CODE_OF = "c";
const ANYWHERE_IN = "*";
const NONCE_OF = "n";

/** What the block's transactions change about accounts themselves: nearly always nothing. */
export interface AccountChanges {
  /** Contracts that transactions create and accounts that they delegate. */
  codes: ReadonlySet<Key>;
  /** Accounts whose nonce moves without a transaction of their own. */
  nonces: ReadonlySet<Key>;
  /** Whom each transaction's authorizations speak for. */
  authorities: ReadonlyMap<LaneTransaction, readonly Key[]>;
}

export function accountChanges(transactions: readonly LaneTransaction[]): AccountChanges {
  const codes = new Set<Key>();
  const nonces = new Set<Key>();
  const byTransaction = new Map<LaneTransaction, Key[]>();
  for (const transaction of transactions) {
    // A deposit takes the nonce it finds: where it creates is not known, and others of its sender must wait for it.
    if (transaction.deposit !== undefined) nonces.add(keyOf(transaction.sender));
    else if (transaction.to === undefined) codes.add(createdBy(transaction));
    if (transaction.authorizationList.length === 0) continue;
    const keys = authorities(transaction).map(keyOf);
    byTransaction.set(transaction, keys);
    for (const key of keys) {
      codes.add(key);
      nonces.add(key);
    }
  }
  return { codes, nonces, authorities: byTransaction };
}

export function createdBy({ sender, nonce }: LaneTransaction): Key {
  return keyOf(contractAddress(sender, nonce));
}

export function runsCode(key: Key, overlay: StateOverlay): boolean {
  const record = overlay.account(key);
  return record !== undefined && hasCode(record);
}

/** `hints` are declared locations that stand beside the transaction instead of in it. */
export function footprintOf(
  transaction: LaneTransaction,
  hints: LaneTransaction["accessList"] | undefined,
  memory: FootprintMemory,
  changes: AccountChanges,
): Footprint {
  const reads: Key[] = [];
  const writes: Key[] = [];
  const declared = hints ?? transaction.accessList;
  const predicted = memory.predict(transaction);
  for (const { address, storageKeys } of declared) {
    const account = keyOf(address);
    if (changes.codes.has(account)) reads.push(account + CODE_OF);
    for (const storageKey of storageKeys) {
      const slot = account + keyOf(storageKey);
      const onlyRead = memory.isOnlyRead(slot) || predicted?.reads.includes(slot) === true;
      (onlyRead ? reads : writes).push(slot);
    }
  }
  if (predicted !== undefined) {
    reads.push(...predicted.reads);
    writes.push(...predicted.writes);
  }
  const isDeclared = declared.some(({ storageKeys }) => storageKeys.length > 0);
  const known = isDeclared || predicted !== undefined || declaresRecipient(transaction, declared);
  addImplied(transaction, known, changes, reads, writes);
  return {
    reads,
    writes,
    source: isDeclared ? "declared" : predicted !== undefined ? "predicted" : "implied",
  };
}

/**
 * Where some calls of a contract are foretold and others not at all, nothing is known of how they meet: the foretold
 * ones join the others. What transactions declare themselves is taken at their word.
 */
export function joinUnknown(
  transactions: readonly LaneTransaction[],
  footprints: readonly (Footprint | undefined)[],
): void {
  const unknown = new Set<Key>();
  for (const [i, transaction] of transactions.entries()) {
    if (footprints[i]?.source !== "implied") continue;
    const { to } = transactionKeys(transaction);
    if (to !== undefined) unknown.add(to);
  }
  if (unknown.size === 0) return;
  for (const [i, transaction] of transactions.entries()) {
    const footprint = footprints[i];
    const { to } = transactionKeys(transaction);
    if (footprint?.source === "predicted" && to !== undefined && unknown.has(to))
      footprint.writes.push(to + ANYWHERE_IN);
  }
}

/** A list that names the recipient and no slot says that none is used. */
function declaresRecipient({ to }: LaneTransaction, declared: LaneTransaction["accessList"]): boolean {
  return to !== undefined && declared.some(({ address }) => bytesEqual(address, to));
}

function addImplied(
  transaction: LaneTransaction,
  known: boolean,
  changes: AccountChanges,
  reads: Key[],
  writes: Key[],
): void {
  const { sender, to } = transactionKeys(transaction);
  if (!known || changes.nonces.has(sender)) writes.push(sender + NONCE_OF);
  if (to === undefined) {
    if (transaction.deposit === undefined) writes.push(createdBy(transaction) + CODE_OF);
    return;
  }
  if (changes.codes.has(to)) reads.push(to + CODE_OF);
  if (!known) writes.push(to + ANYWHERE_IN);
  for (const authority of changes.authorities.get(transaction) ?? []) {
    writes.push(authority + CODE_OF);
    writes.push(authority + NONCE_OF);
  }
}
