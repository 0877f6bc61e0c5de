import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address } from "@ethereumjs/util";
import { EMPTY_BYTES, InvariantError, keccak256, stripLeadingZeros } from "../../protocol/index.ts";
import type { SyncState } from "../evm/syncState.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import {
  type AccountRead,
  type AccountWrite,
  BALANCE,
  CODE,
  COMMUTING_LIMIT,
  EXISTENCE,
  hasCode,
  NONCE,
  type ReadSet,
  recordOr,
  type SlotRead,
  sameBytes,
  type WriteSet,
} from "./access.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { type BalanceUse, notePayment, TrackedAccount } from "./trackedAccount.ts";

type Undo =
  | { kind: "account"; key: Key; existed: boolean; record: AccountRecord | undefined }
  | { kind: "slot"; key: Key; slot: Key; value: Uint8Array | undefined }
  | { kind: "storage"; key: Key; slots: Map<Key, Uint8Array> | undefined; cleared: boolean };

const DONE: Promise<void> = Promise.resolve();

/** `runTx` holds one checkpoint for the transaction, one for what comes before its message, one for the message. */
const MESSAGE_DEPTH = 3;
const FEE_DEPTH = 1;

/**
 * The state manager that a lane's VM runs on: one transaction at a time over an overlay, writing down everything of
 * the outside that the transaction looked at, and what it leaves.
 *
 * Invariants:
 * - A read stays recorded when its frame reverts: it may have decided that the frame reverts.
 * - Checkpoints are positions in one undo log; nothing is copied.
 * - Accounts handed out are fresh objects: the EVM changes them before it puts them, or without.
 * - A balance that is only paid from or added to is not looked at. Before the message and after it nothing looks at
 *   balances: the sender's means have been checked by {@link pay}, and refund and fee are sums.
 * - The fee step leaves no trace on a fee recipient that the transaction itself never touched.
 */
export class RecordingState implements StateManagerInterface, SyncState {
  readonly originalStorageCache = {
    get: (address: Address, slot: Uint8Array): Promise<Uint8Array> =>
      Promise.resolve(this.originalStorageNow(address, slot)),
    clear: (): void => undefined,
  };

  private outside: StateOverlay | undefined;
  private feeRecipient: Key = "";
  private inFeeStep = false;
  private readonly use: BalanceUse = { kind: "none", amount: 0n };
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
    this.useBalances("none");
    this.accountReads.clear();
    this.slotReads.clear();
    this.accounts.clear();
    this.slots.clear();
    this.cleared.clear();
    this.codes.clear();
    this.undo.length = 0;
    this.checkpoints.length = 0;
  }

  /**
   * Lets the transaction run as if the account had this nonce: the assumption is a read like any other, and whoever
   * validates it finds out whether it holds.
   */
  assumeNonce(key: Key, nonce: bigint): void {
    const record = this.overlay().account(key);
    if (record === undefined || record.nonce === nonce) return;
    this.accountReads.set(key, {
      key,
      record: { ...record, nonce },
      fromBase: false,
      omitted: false,
      fields: NONCE,
      minBalance: 0n,
      maxBalance: undefined,
    });
  }

  /**
   * A deposit's beginning: the account gets `mint`, and its nonce moves on. Answers the nonce before. Neither asks
   * whether the account exists.
   */
  beginDeposit(key: Key, mint: bigint): bigint {
    const read = this.readOf(key);
    const record = recordOr(read.record);
    read.fields |= NONCE;
    if (record.balance > COMMUTING_LIMIT || mint > COMMUTING_LIMIT) read.fields |= BALANCE;
    this.setRecord(key, {
      ...record,
      nonce: record.nonce + 1n,
      balance: BigInt.asUintN(256, record.balance + mint),
    });
    return record.nonce;
  }

  /** True when the fee recipient was part of the transaction: its fee is then in the writes. */
  touchedFeeRecipient(): boolean {
    return this.accountReads.has(this.feeRecipient);
  }

  /** The account as the transaction sees it now; `fields` of it are recorded as looked at. */
  look(key: Key, fields: number): AccountRecord | undefined {
    const read = this.readOf(key);
    read.fields |= fields;
    return this.accounts.has(key) ? this.accounts.get(key) : read.record;
  }

  /** Records whether the account can pay the amount; takes nothing. */
  pay(key: Key, amount: bigint): void {
    const read = this.readOf(key);
    notePayment(read, read.record?.balance ?? 0n, amount);
  }

  /** Whether the account can pay the amount; its balance itself is not looked at. */
  coversNow(address: Address, amount: bigint): boolean {
    const key = keyOf(address.bytes);
    const read = this.readOf(key);
    const balance = (this.accounts.has(key) ? this.accounts.get(key) : read.record)?.balance ?? 0n;
    if (balance > COMMUTING_LIMIT) read.fields |= BALANCE;
    else notePayment(read, balance, amount);
    return balance >= amount;
  }

  /** Until the next call balances of accounts handed out are used so. Inside a message they are looked at by default. */
  useBalances(kind: BalanceUse["kind"], amount = 0n): void {
    this.use.kind = kind;
    this.use.amount = amount;
  }

  reads(): ReadSet {
    const slots: SlotRead[] = [];
    for (const bySlot of this.slotReads.values()) slots.push(...bySlot.values());
    return { accounts: [...this.accountReads.values()], slots };
  }

  writes(): WriteSet {
    const accounts: AccountWrite[] = [];
    for (const key of this.accounts.keys()) {
      const write = this.writeOf(key);
      if (write !== undefined) accounts.push(write);
    }
    for (const key of this.slots.keys()) {
      if (this.accounts.has(key)) continue;
      const write = this.writeOf(key);
      if (write !== undefined) accounts.push(write);
    }
    return { accounts, codes: [...this.codes.values()] };
  }

  accountNow(address: Address): Account | undefined {
    const key = keyOf(address.bytes);
    if (this.isFeePayment(key)) return new Account(0n, 1n);
    const read = this.readOf(key);
    read.fields |= EXISTENCE;
    const record = this.accounts.has(key) ? this.accounts.get(key) : read.record;
    return record === undefined ? undefined : new TrackedAccount(record, read, this.use);
  }

  getAccount(address: Address): Promise<Account | undefined> {
    return Promise.resolve(this.accountNow(address));
  }

  putAccount(address: Address, account?: Account): Promise<void> {
    const key = keyOf(address.bytes);
    if (!this.isFeePayment(key)) this.setRecord(key, account === undefined ? undefined : recordOf(account));
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
    const record = recordOr(this.look(key, 0));
    this.setRecord(key, {
      nonce: fields.nonce ?? record.nonce,
      balance: fields.balance ?? record.balance,
      codeHash: fields.codeHash ?? record.codeHash,
      storageRoot: fields.storageRoot ?? record.storageRoot,
    });
    return DONE;
  }

  putCode(address: Address, code: Uint8Array): Promise<void> {
    if (code.length === 0) return this.modifyAccountFields(address, { codeHash: EMPTY_CODE_HASH });
    const hash = keccak256(code);
    this.codes.set(keyOf(hash), { hash, code });
    return this.modifyAccountFields(address, { codeHash: hash });
  }

  codeNow(address: Address): Uint8Array {
    const record = this.look(keyOf(address.bytes), CODE);
    if (record === undefined || !hasCode(record)) return EMPTY_BYTES;
    const hashKey = keyOf(record.codeHash);
    return this.codes.get(hashKey)?.code ?? this.overlay().code(record.codeHash, hashKey);
  }

  getCode(address: Address): Promise<Uint8Array> {
    return Promise.resolve(this.codeNow(address));
  }

  getCodeSize(address: Address): Promise<number> {
    return Promise.resolve(this.codeNow(address).length);
  }

  storageNow(address: Address, slot: Uint8Array): Uint8Array {
    const key = keyOf(address.bytes);
    const slotKey = keyOf(slot);
    const own = this.slots.get(key)?.get(slotKey);
    if (own !== undefined) return own;
    // The slots of a contract that the transaction creates count as read too: nothing was there, yet it was accessed.
    const value = this.readSlot(key, slotKey);
    return this.cleared.has(key) ? EMPTY_BYTES : value;
  }

  touchNow(address: Address): void {
    this.look(keyOf(address.bytes), 0);
  }

  /** Before the transaction; empty for a contract that it created. */
  originalStorageNow(address: Address, slot: Uint8Array): Uint8Array {
    const key = keyOf(address.bytes);
    return this.cleared.has(key) ? EMPTY_BYTES : this.readSlot(key, keyOf(slot));
  }

  getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(this.storageNow(address, slot));
  }

  putStorageNow(address: Address, slot: Uint8Array, value: Uint8Array): void {
    const key = keyOf(address.bytes);
    const slotKey = keyOf(slot);
    let bySlot = this.slots.get(key);
    if (bySlot === undefined) {
      bySlot = new Map();
      this.slots.set(key, bySlot);
    }
    this.undo.push({ kind: "slot", key, slot: slotKey, value: bySlot.get(slotKey) });
    bySlot.set(slotKey, stripLeadingZeros(value));
  }

  putStorage(address: Address, slot: Uint8Array, value: Uint8Array): Promise<void> {
    this.putStorageNow(address, slot, value);
    return DONE;
  }

  clearStorage(address: Address): Promise<void> {
    this.dropStorage(keyOf(address.bytes));
    return DONE;
  }

  checkpoint(): Promise<void> {
    this.checkpoints.push(this.undo.length);
    if (this.checkpoints.length === MESSAGE_DEPTH) this.useBalances("look");
    return DONE;
  }

  commit(): Promise<void> {
    this.checkpoints.pop();
    this.enterFeeStep();
    return DONE;
  }

  revert(): Promise<void> {
    const position = this.checkpoints.pop();
    if (position === undefined) return Promise.reject(new InvariantError("revert without a checkpoint"));
    while (this.undo.length > position) {
      const entry = this.undo.pop();
      if (entry !== undefined) this.restore(entry);
    }
    this.enterFeeStep();
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

  private enterFeeStep(): void {
    if (this.checkpoints.length >= MESSAGE_DEPTH) return;
    this.useBalances("none");
    if (this.checkpoints.length === FEE_DEPTH) this.inFeeStep = true;
  }

  private isFeePayment(key: Key): boolean {
    return this.inFeeStep && key === this.feeRecipient && !this.accountReads.has(key);
  }

  private overlay(): StateOverlay {
    if (this.outside === undefined) throw new InvariantError("state used before begin()");
    return this.outside;
  }

  private readOf(key: Key): AccountRead {
    const known = this.accountReads.get(key);
    if (known !== undefined) return known;
    const outside = this.overlay();
    const record = outside.account(key);
    const fromBase = !outside.isAccountChanged(key);
    const read = { key, record, fromBase, omitted: false, fields: 0, minBalance: 0n, maxBalance: undefined };
    this.accountReads.set(key, read);
    return read;
  }

  private readSlot(key: Key, slot: Key): Uint8Array {
    let bySlot = this.slotReads.get(key);
    if (bySlot === undefined) {
      bySlot = new Map();
      this.slotReads.set(key, bySlot);
    }
    const known = bySlot.get(slot);
    if (known?.value !== undefined) return known.value;
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
    const before = this.readOf(key).record;
    const record = this.accounts.has(key) ? this.accounts.get(key) : before;
    if (record === undefined) return before === undefined ? undefined : deletion(key, before.balance);
    const was = recordOr(before);
    const storageCleared = this.cleared.has(key);
    const slots: AccountWrite["slots"] = [];
    for (const [slot, value] of this.slots.get(key) ?? []) {
      const original = storageCleared ? EMPTY_BYTES : this.readSlot(key, slot);
      if (!sameBytes(value, original)) slots.push({ slot, value });
    }
    const nonce = was.nonce === record.nonce ? undefined : record.nonce;
    const codeHash = sameBytes(was.codeHash, record.codeHash) ? undefined : record.codeHash;
    const balanceDelta = record.balance - was.balance;
    const changed = storageCleared || slots.length > 0 || nonce !== undefined || codeHash !== undefined;
    if (!changed && balanceDelta === 0n) return undefined;
    return { key, deleted: false, nonce, codeHash, balanceDelta, storageCleared, slots };
  }
}

/** `balance`: what the account held. */
export function deletion(key: Key, balance: bigint): AccountWrite {
  return {
    key,
    deleted: true,
    nonce: undefined,
    codeHash: undefined,
    balanceDelta: -balance,
    storageCleared: true,
    slots: [],
  };
}

function recordOf(account: Account): AccountRecord {
  if (account instanceof TrackedAccount) return account.untracked();
  const { nonce, balance, codeHash, storageRoot } = account;
  return { nonce, balance, codeHash, storageRoot };
}
