import {
  type AccountAccess,
  type BalanceAfter,
  type BlockAccessList,
  type CodeAfter,
  EMPTY_BYTES,
  type NonceAfter,
  type SlotAfter,
} from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import { type ReadSet, sameBytes, type WriteSet } from "./access.ts";
import { bytesOf, type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

interface Touched {
  /** Slots in no order; no changes: read only. */
  slots: Map<Key, SlotAfter[] | undefined> | undefined;
  balances: BalanceAfter[];
  nonces: NonceAfter[];
  codes: CodeAfter[];
}

/** Shared by all that have nothing: most accounts have one kind of change. */
const NONE: never[] = [];

/**
 * Collects a block's EIP-7928 access list from the outcomes that the block is made of, in block order.
 *
 * Invariant: what it is given is the accepted outcomes alone, so the list depends on the block and not on lanes. Of
 * the reads only their places count, never the values that a lane guessed; and an outcome is accepted only if it ran
 * as it would have run at its place, where it reads the same places.
 *
 * So an account or slot must be among the reads exactly when EIP-7928 calls it accessed: never before the gas for the
 * access is found to be there, and also where nothing of it is needed (EXTCODECOPY of no bytes, the delegate of a call
 * that fails for want of balance, slots of a contract that the transaction creates).
 *
 * Balances move by differences and are read from the overlay; all else of a write is final as it stands.
 */
export class AccessListBuilder {
  private readonly accounts = new Map<Key, Touched>();
  private readonly feeRecipient: Key;

  constructor(feeRecipient: Key) {
    this.feeRecipient = feeRecipient;
  }

  /**
   * The system calls that open the block, index 0. Call it once, BEFORE `writes` are applied to `overlay`: a write of
   * what is there already is a read. `called`: the system contracts' addresses, also of those that have no code.
   */
  noteSystemWrites(writes: WriteSet, overlay: StateOverlay, called: Iterable<Key> = []): void {
    for (const key of called) this.touch(key);
    for (const { key, slots } of writes.accounts) {
      const touched = this.touch(key);
      for (const { slot, value } of slots) {
        if (sameBytes(value, overlay.storage(key, slot))) readSlot(touched, slot);
        else changeSlot(touched, slot, { index: 0, value });
      }
    }
  }

  /**
   * The block's transaction `index` (from 0, counting included ones only). Call it right AFTER its writes and then
   * its fee were applied to `overlay`, before anything else is. `fee`: what was credited apart from the writes, or
   * undefined when the writes contain it or there was none (deposits).
   */
  note(
    index: number,
    reads: ReadSet,
    writes: WriteSet,
    overlay: StateOverlay,
    fee: { key: Key; amount: bigint } | undefined,
  ): void {
    const at = index + 1;
    for (const read of reads.accounts) this.touch(read.key);
    for (const { key, slot } of reads.slots) readSlot(this.touch(key), slot);
    // Fee accounting touches it whatever the tip; where the fee is among the writes, the reads name it.
    const payee = fee === undefined ? undefined : this.touch(this.feeRecipient);
    let credited = fee?.amount ?? 0n;
    for (const write of writes.accounts) {
      const { key } = write;
      const touched = this.touch(key);
      let delta = write.balanceDelta;
      if (credited > 0n && fee?.key === key) {
        delta += credited;
        credited = 0n;
      }
      if (delta !== 0n) noteBalance(touched, at, overlay.account(key));
      if (write.nonce !== undefined) noteNonce(touched, at, write.nonce);
      if (write.codeHash !== undefined) noteCode(touched, at, codeOf(write.codeHash, writes, overlay));
      for (const { slot, value } of write.slots) changeSlot(touched, slot, { index: at, value });
    }
    if (payee !== undefined && credited > 0n) noteBalance(payee, at, overlay.account(this.feeRecipient));
  }

  /** A balance that grew after the last of so many transactions. Call it right after the credit. */
  noteClosingCredit(transactions: number, key: Key, overlay: StateOverlay): void {
    noteBalance(this.touch(key), transactions + 1, overlay.account(key));
  }

  /** The list in canonical form. Nothing is noted after it. */
  build(): BlockAccessList {
    const list: BlockAccessList = [];
    // Keys compare as their bytes do.
    for (const key of [...this.accounts.keys()].sort()) {
      const touched = this.accounts.get(key);
      if (touched !== undefined) list.push(accountAccess(key, touched));
    }
    return list;
  }

  private touch(key: Key): Touched {
    let touched = this.accounts.get(key);
    if (touched === undefined) {
      touched = { slots: undefined, balances: NONE, nonces: NONE, codes: NONE };
      this.accounts.set(key, touched);
    }
    return touched;
  }
}

function noteBalance(touched: Touched, index: number, record: AccountRecord | undefined): void {
  if (touched.balances === NONE) touched.balances = [];
  touched.balances.push({ index, balance: record?.balance ?? 0n });
}

function noteNonce(touched: Touched, index: number, nonce: bigint): void {
  if (touched.nonces === NONE) touched.nonces = [];
  touched.nonces.push({ index, nonce });
}

function noteCode(touched: Touched, index: number, code: Uint8Array): void {
  if (touched.codes === NONE) touched.codes = [];
  touched.codes.push({ index, code });
}

function codeOf(codeHash: Uint8Array, { codes }: WriteSet, overlay: StateOverlay): Uint8Array {
  if (sameBytes(codeHash, EMPTY_CODE_HASH)) return EMPTY_BYTES;
  return codes.find(({ hash }) => sameBytes(hash, codeHash))?.code ?? overlay.code(codeHash, keyOf(codeHash));
}

function readSlot(touched: Touched, slot: Key): void {
  touched.slots ??= new Map();
  if (!touched.slots.has(slot)) touched.slots.set(slot, undefined);
}

function changeSlot(touched: Touched, slot: Key, change: SlotAfter): void {
  touched.slots ??= new Map();
  const changes = touched.slots.get(slot);
  if (changes === undefined) touched.slots.set(slot, [change]);
  else changes.push(change);
}

function accountAccess(key: Key, { slots, balances, nonces, codes }: Touched): AccountAccess {
  const access: AccountAccess = {
    address: bytesOf(key),
    storageChanges: [],
    storageReads: [],
    balanceChanges: balances,
    nonceChanges: nonces,
    codeChanges: codes,
  };
  if (slots === undefined) return access;
  for (const slot of [...slots.keys()].sort()) {
    const changes = slots.get(slot);
    if (changes === undefined) access.storageReads.push(bytesOf(slot));
    else access.storageChanges.push({ slot: bytesOf(slot), changes });
  }
  return access;
}
