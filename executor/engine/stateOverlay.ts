import { type AccountChange, EMPTY_BYTES, type StateDiff } from "../../protocol/index.ts";
import type { AccountRecord, StateReader } from "../state/types.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { type AccountWrite, isDead, type ReadSet, recordOr, sameBytes, type WriteSet } from "./access.ts";
import { bytesOf, compareKeys, type Key, keyOf } from "./keys.ts";

interface ChangedAccount {
  record: AccountRecord | undefined;
  storageCleared: boolean;
  slots: Map<Key, Uint8Array> | undefined;
}

/**
 * A base state with the writes of the block's transactions on top, in block order. The coordinator's overlay is C,
 * the one truth that every read is compared with; a lane keeps a private one as its best guess.
 *
 * Invariant: base reads are remembered, so that a block reads each location of the store once.
 */
export class StateOverlay {
  private readonly base: StateReader;
  private readonly baseAccounts = new Map<Key, AccountRecord | undefined>();
  private readonly baseSlots = new Map<Key, Map<Key, Uint8Array>>();
  private readonly changed = new Map<Key, ChangedAccount>();
  private readonly codes = new Map<Key, { hash: Uint8Array; code: Uint8Array }>();

  constructor(base: StateReader) {
    this.base = base;
  }

  /** Whether a transaction of this block wrote the account. */
  isAccountChanged(key: Key): boolean {
    return this.changed.has(key);
  }

  isSlotChanged(key: Key, slot: Key): boolean {
    const changed = this.changed.get(key);
    return changed !== undefined && (changed.storageCleared || changed.slots?.has(slot) === true);
  }

  account(key: Key): AccountRecord | undefined {
    const changed = this.changed.get(key);
    return changed === undefined ? this.baseAccount(key) : changed.record;
  }

  baseAccount(key: Key): AccountRecord | undefined {
    const known = this.baseAccounts.get(key);
    if (known !== undefined || this.baseAccounts.has(key)) return known;
    const record = this.base.account(bytesOf(key));
    this.baseAccounts.set(key, record);
    return record;
  }

  storage(key: Key, slot: Key): Uint8Array {
    const changed = this.changed.get(key);
    if (changed === undefined) return this.baseStorage(key, slot);
    const value = changed.slots?.get(slot);
    if (value !== undefined) return value;
    return changed.storageCleared ? EMPTY_BYTES : this.baseStorage(key, slot);
  }

  code(hash: Uint8Array, hashKey: Key): Uint8Array {
    return this.codes.get(hashKey)?.code ?? this.base.code(hash);
  }

  apply(writes: WriteSet): void {
    for (const write of writes.accounts) this.applyAccount(write);
    for (const { hash, code } of writes.codes) this.addCode(hash, code);
  }

  /** The fee step: adds to the fee recipient. Nothing added to an empty account leaves no account (EIP-161). */
  credit(key: Key, amount: bigint): void {
    const record = this.account(key);
    const before = recordOr(record);
    const credited = { ...before, balance: before.balance + amount };
    if (!isDead(credited)) {
      if (amount > 0n) this.change(key).record = credited;
      return;
    }
    if (record !== undefined) this.remove(key);
  }

  /** Values that lanes read from the same base need not be read from the store again. */
  learnBase(reads: ReadSet): void {
    for (const { key, record, fromBase, omitted } of reads.accounts) {
      if (fromBase && !omitted) this.baseAccounts.set(key, record);
    }
    for (const { key, slot, value, fromBase } of reads.slots) {
      if (fromBase && value !== undefined) this.baseSlotsOf(key).set(slot, value);
    }
  }

  /** A slot in the parent's state. */
  baseStorage(key: Key, slot: Key): Uint8Array {
    const slots = this.baseSlotsOf(key);
    let value = slots.get(slot);
    if (value === undefined) {
      value = this.base.storage(bytesOf(key), bytesOf(slot));
      slots.set(slot, value);
    }
    return value;
  }

  /** All net changes against the base, in the canonical order. */
  diff(): StateDiff {
    const accounts: AccountChange[] = [];
    for (const key of [...this.changed.keys()].sort(compareKeys)) {
      const change = this.accountChange(key);
      if (change !== undefined) accounts.push(change);
    }
    const codes = [...this.codes.entries()].sort(([a], [b]) => compareKeys(a, b)).map(([, entry]) => entry);
    return { accounts, codes: this.keptCodes(accounts, codes) };
  }

  private accountChange(key: Key): AccountChange | undefined {
    const changed = this.changed.get(key);
    if (changed === undefined) return undefined;
    const before = this.baseAccount(key);
    const { record, storageCleared } = changed;
    if (record === undefined) {
      if (before === undefined) return undefined;
      return { address: bytesOf(key), account: undefined, storageCleared: true, storage: [] };
    }
    const storage: AccountChange["storage"] = [];
    if (changed.slots !== undefined) {
      for (const slot of [...changed.slots.keys()].sort(compareKeys)) {
        const value = changed.slots.get(slot) ?? EMPTY_BYTES;
        const original = storageCleared ? EMPTY_BYTES : this.baseStorage(key, slot);
        if (!sameBytes(value, original)) storage.push({ slot: bytesOf(slot), value });
      }
    }
    if (!storageCleared && storage.length === 0 && isUnchanged(before, record)) return undefined;
    const { nonce, balance, codeHash } = record;
    return { address: bytesOf(key), account: { nonce, balance, codeHash }, storageCleared, storage };
  }

  /** Code of contracts that did not outlive the block is not stored. */
  private keptCodes(accounts: AccountChange[], codes: StateDiff["codes"]): StateDiff["codes"] {
    if (codes.length === 0) return codes;
    return codes.filter(({ hash }) =>
      accounts.some(({ account }) => account !== undefined && sameBytes(account.codeHash, hash)),
    );
  }

  /** Fields are set, the balance is moved: so writes to one account commute where only balances were touched. */
  private applyAccount(write: AccountWrite): void {
    const { key, slots } = write;
    if (write.deleted) {
      this.remove(key);
      return;
    }
    const now = recordOr(this.account(key));
    const changed = this.change(key);
    changed.record = {
      nonce: write.nonce ?? now.nonce,
      balance: now.balance + write.balanceDelta,
      codeHash: write.codeHash ?? now.codeHash,
      storageRoot: write.storageCleared ? EMPTY_TRIE_ROOT : now.storageRoot,
    };
    if (write.storageCleared) {
      changed.storageCleared = true;
      changed.slots = undefined;
    }
    if (slots.length === 0) return;
    changed.slots ??= new Map();
    for (const { slot, value } of slots) changed.slots.set(slot, value);
  }

  private remove(key: Key): void {
    const changed = this.change(key);
    changed.record = undefined;
    changed.storageCleared = true;
    changed.slots = undefined;
  }

  private change(key: Key): ChangedAccount {
    let changed = this.changed.get(key);
    if (changed === undefined) {
      changed = { record: undefined, storageCleared: false, slots: undefined };
      this.changed.set(key, changed);
    }
    return changed;
  }

  private addCode(hash: Uint8Array, code: Uint8Array): void {
    const key = keyOf(hash);
    if (!this.codes.has(key)) this.codes.set(key, { hash, code });
  }

  private baseSlotsOf(key: Key): Map<Key, Uint8Array> {
    let slots = this.baseSlots.get(key);
    if (slots === undefined) {
      slots = new Map();
      this.baseSlots.set(key, slots);
    }
    return slots;
  }
}

function isUnchanged(before: AccountRecord | undefined, after: AccountRecord): boolean {
  return (
    before !== undefined &&
    before.nonce === after.nonce &&
    before.balance === after.balance &&
    sameBytes(before.codeHash, after.codeHash)
  );
}
