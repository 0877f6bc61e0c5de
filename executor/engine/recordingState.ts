import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address } from "@ethereumjs/util";
import { EMPTY_BYTES, InvariantError, keccak256, stripLeadingZeros } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import {
  type AccountRead,
  type AccountWrite,
  hasCode,
  type ReadSet,
  type SlotRead,
  sameBytes,
  sameRecord,
  type WriteSet,
} from "./access.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

type Undo =
  | { kind: "account"; key: Key; existed: boolean; record: AccountRecord | undefined }
  | { kind: "slot"; key: Key; slot: Key; value: Uint8Array | undefined }
  | { kind: "storage"; key: Key; slots: Map<Key, Uint8Array> | undefined; cleared: boolean };

const DONE: Promise<void> = Promise.resolve();
const NO_CODE: Promise<Uint8Array> = Promise.resolve(EMPTY_BYTES);

/**
 * The state manager that a lane's VM runs on: one transaction at a time over an overlay, writing down every value
 * that came from outside the transaction when first seen and every value it leaves.
 *
 * Invariants:
 * - A read stays recorded when its frame reverts: it may have decided that the frame reverts.
 * - Checkpoints are positions in one undo log; nothing is copied.
 * - Accounts handed out are fresh objects: the EVM changes them before it puts them, or without.
 * - The fee step leaves no trace on a fee recipient that the transaction itself never looked at. `runTx` holds one
 *   checkpoint for the transaction and a second around its message, so the fee step is what follows the moment when
 *   the second one ends.
 */
export class RecordingState implements StateManagerInterface {
  readonly originalStorageCache = {
    get: (address: Address, slot: Uint8Array): Promise<Uint8Array> => {
      const key = keyOf(address.bytes);
      return Promise.resolve(this.cleared.has(key) ? EMPTY_BYTES : this.readSlot(key, keyOf(slot)));
    },
    clear: (): void => undefined,
  };

  private outside: StateOverlay | undefined;
  private feeRecipient: Key = "";
  private inFeeStep = false;
  private readonly accountReads = new Map<Key, AccountRead>();
  private readonly slotReads = new Map<Key, Map<Key, SlotRead>>();
  private readonly accounts = new Map<Key, AccountRecord | undefined>();
  private readonly slots = new Map<Key, Map<Key, Uint8Array>>();
  private readonly cleared = new Set<Key>();
  private readonly codes = new Map<Key, { hash: Uint8Array; code: Uint8Array }>();
  private readonly undo: Undo[] = [];
  private readonly checkpoints: number[] = [];

  begin(outside: StateOverlay, feeRecipient: Key): void {
    this.outside = outside;
    this.feeRecipient = feeRecipient;
    this.inFeeStep = false;
    this.accountReads.clear();
    this.slotReads.clear();
    this.accounts.clear();
    this.slots.clear();
    this.cleared.clear();
    this.codes.clear();
    this.undo.length = 0;
    this.checkpoints.length = 0;
  }

  /** True when the fee recipient was part of the transaction: its fee is then in the writes. */
  sawFeeRecipient(): boolean {
    return this.accountReads.has(this.feeRecipient);
  }

  /** The account as the transaction sees it now; recorded. */
  record(key: Key): AccountRecord | undefined {
    if (this.accounts.has(key)) return this.accounts.get(key);
    const known = this.accountReads.get(key);
    if (known !== undefined) return known.record;
    const outside = this.overlay();
    const record = outside.account(key);
    this.accountReads.set(key, { key, record, fromBase: !outside.isAccountChanged(key) });
    return record;
  }

  reads(): ReadSet {
    const slots: SlotRead[] = [];
    for (const bySlot of this.slotReads.values()) slots.push(...bySlot.values());
    return { accounts: [...this.accountReads.values()], slots };
  }

  writes(): WriteSet {
    const keys = new Set([...this.accounts.keys(), ...this.slots.keys()]);
    const accounts: AccountWrite[] = [];
    for (const key of keys) {
      const write = this.writeOf(key);
      if (write !== undefined) accounts.push(write);
    }
    return { accounts, codes: [...this.codes.values()] };
  }

  getAccount(address: Address): Promise<Account | undefined> {
    const key = keyOf(address.bytes);
    if (this.isFeePayment(key)) return Promise.resolve(new Account(0n, 1n));
    const record = this.record(key);
    if (record === undefined) return Promise.resolve(undefined);
    return Promise.resolve(new Account(record.nonce, record.balance, record.storageRoot, record.codeHash));
  }

  putAccount(address: Address, account?: Account): Promise<void> {
    const key = keyOf(address.bytes);
    if (this.isFeePayment(key)) return DONE;
    this.setRecord(
      key,
      account === undefined
        ? undefined
        : {
            nonce: account.nonce,
            balance: account.balance,
            codeHash: account.codeHash,
            storageRoot: account.storageRoot,
          },
    );
    return DONE;
  }

  deleteAccount(address: Address): Promise<void> {
    const key = keyOf(address.bytes);
    this.setRecord(key, undefined);
    this.dropStorage(key);
    return DONE;
  }

  modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const key = keyOf(address.bytes);
    const record = this.record(key);
    this.setRecord(key, {
      nonce: fields.nonce ?? record?.nonce ?? 0n,
      balance: fields.balance ?? record?.balance ?? 0n,
      codeHash: fields.codeHash ?? record?.codeHash ?? EMPTY_CODE_HASH,
      storageRoot: fields.storageRoot ?? record?.storageRoot ?? EMPTY_TRIE_ROOT,
    });
    return DONE;
  }

  putCode(address: Address, code: Uint8Array): Promise<void> {
    if (code.length === 0) return this.modifyAccountFields(address, { codeHash: EMPTY_CODE_HASH });
    const hash = keccak256(code);
    this.codes.set(keyOf(hash), { hash, code });
    return this.modifyAccountFields(address, { codeHash: hash });
  }

  getCode(address: Address): Promise<Uint8Array> {
    const record = this.record(keyOf(address.bytes));
    if (record === undefined || !hasCode(record)) return NO_CODE;
    const hashKey = keyOf(record.codeHash);
    return Promise.resolve(this.codes.get(hashKey)?.code ?? this.overlay().code(record.codeHash, hashKey));
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array> {
    const key = keyOf(address.bytes);
    const slotKey = keyOf(slot);
    const own = this.slots.get(key)?.get(slotKey);
    if (own !== undefined) return Promise.resolve(own);
    return Promise.resolve(this.cleared.has(key) ? EMPTY_BYTES : this.readSlot(key, slotKey));
  }

  putStorage(address: Address, slot: Uint8Array, value: Uint8Array): Promise<void> {
    const key = keyOf(address.bytes);
    const slotKey = keyOf(slot);
    let bySlot = this.slots.get(key);
    if (bySlot === undefined) {
      bySlot = new Map();
      this.slots.set(key, bySlot);
    }
    this.undo.push({ kind: "slot", key, slot: slotKey, value: bySlot.get(slotKey) });
    bySlot.set(slotKey, stripLeadingZeros(value));
    return DONE;
  }

  clearStorage(address: Address): Promise<void> {
    this.dropStorage(keyOf(address.bytes));
    return DONE;
  }

  checkpoint(): Promise<void> {
    this.checkpoints.push(this.undo.length);
    return DONE;
  }

  commit(): Promise<void> {
    this.checkpoints.pop();
    if (this.checkpoints.length === 1) this.inFeeStep = true;
    return DONE;
  }

  revert(): Promise<void> {
    const position = this.checkpoints.pop();
    if (position === undefined) return Promise.reject(new InvariantError("revert without a checkpoint"));
    while (this.undo.length > position) {
      const entry = this.undo.pop();
      if (entry !== undefined) this.restore(entry);
    }
    if (this.checkpoints.length === 1) this.inFeeStep = true;
    return DONE;
  }

  getStateRoot(): Promise<Uint8Array> {
    return Promise.reject(new InvariantError("a lane's state has no root"));
  }

  setStateRoot(): Promise<void> {
    return Promise.reject(new InvariantError("a lane's state has no root"));
  }

  hasStateRoot(): Promise<boolean> {
    return Promise.resolve(false);
  }

  clearCaches(): void {
    this.codes.clear();
  }

  shallowCopy(): StateManagerInterface {
    throw new InvariantError("a lane's state belongs to one VM");
  }

  private isFeePayment(key: Key): boolean {
    return this.inFeeStep && key === this.feeRecipient && !this.accountReads.has(key);
  }

  private overlay(): StateOverlay {
    if (this.outside === undefined) throw new InvariantError("state used before begin()");
    return this.outside;
  }

  private readSlot(key: Key, slot: Key): Uint8Array {
    let bySlot = this.slotReads.get(key);
    if (bySlot === undefined) {
      bySlot = new Map();
      this.slotReads.set(key, bySlot);
    }
    const known = bySlot.get(slot);
    if (known !== undefined) return known.value;
    const outside = this.overlay();
    const value = outside.storage(key, slot);
    bySlot.set(slot, { key, slot, value, fromBase: !outside.isSlotChanged(key, slot) });
    return value;
  }

  private setRecord(key: Key, record: AccountRecord | undefined): void {
    const existed = this.accounts.has(key);
    this.undo.push({ kind: "account", key, existed, record: existed ? this.accounts.get(key) : undefined });
    this.accounts.set(key, record);
  }

  private dropStorage(key: Key): void {
    this.undo.push({ kind: "storage", key, slots: this.slots.get(key), cleared: this.cleared.has(key) });
    this.slots.delete(key);
    this.cleared.add(key);
  }

  private restore(entry: Undo): void {
    const { key } = entry;
    if (entry.kind === "account") {
      if (entry.existed) this.accounts.set(key, entry.record);
      else this.accounts.delete(key);
    } else if (entry.kind === "slot") {
      if (entry.value !== undefined) this.slots.get(key)?.set(entry.slot, entry.value);
      else this.slots.get(key)?.delete(entry.slot);
    } else {
      if (entry.slots === undefined) this.slots.delete(key);
      else this.slots.set(key, entry.slots);
      if (!entry.cleared) this.cleared.delete(key);
    }
  }

  /** What changed of one account; writing the value that was there already is no write. */
  private writeOf(key: Key): AccountWrite | undefined {
    const record = this.record(key);
    const before = this.accountReads.has(key) ? this.accountReads.get(key)?.record : this.readBefore(key);
    const cleared = this.cleared.has(key);
    if (record === undefined) {
      return before === undefined ? undefined : { key, record, storageCleared: true, slots: [] };
    }
    const slots: AccountWrite["slots"] = [];
    for (const [slot, value] of this.slots.get(key) ?? []) {
      const original = cleared ? EMPTY_BYTES : this.readSlot(key, slot);
      if (!sameBytes(value, original)) slots.push({ slot, value });
    }
    if (!cleared && slots.length === 0 && sameRecord(before, record)) return undefined;
    return { key, record, storageCleared: cleared, slots };
  }

  private readBefore(key: Key): AccountRecord | undefined {
    const outside = this.overlay();
    const record = outside.account(key);
    this.accountReads.set(key, { key, record, fromBase: !outside.isAccountChanged(key) });
    return record;
  }
}
