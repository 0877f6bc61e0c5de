import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import {
  EMPTY_BYTES,
  type Hex,
  hexToBytes,
  InvariantError,
  keccak256,
  padTo32,
  stripLeadingZeros,
} from "../../../protocol/index.ts";
import { bytesOf, keyOf } from "../../engine/keys.ts";
import type { SyncState } from "../syncState.ts";

/** Accounts as the state tests and geth's prestateTracer write them. */
export type Alloc = Record<
  string,
  { balance?: string; nonce?: string | number; code?: string; storage?: Record<string, string> }
>;

/** Stands for the root of storage that the account had before the test (EIP-7610). */
const SOME_STORAGE_ROOT = new Uint8Array(32).fill(1);

/** A whole state in maps with an undo log, which answers at once. Accounts handed out are copies. */
export class MemoryState implements StateManagerInterface, SyncState {
  readonly originalStorageCache = {
    get: async (address: Address, slot: Uint8Array) => this.originalStorageNow(address, slot),
    clear: () => this.originals.clear(),
  };

  private readonly accounts = new Map<string, Account | undefined>();
  private readonly codes = new Map<string, Uint8Array>();
  private readonly storage = new Map<string, Map<string, Uint8Array>>();
  private readonly originals = new Map<string, Uint8Array>();
  private readonly undo: (() => void)[] = [];
  private readonly checkpoints: number[] = [];

  storageNow(address: Address, slot: Uint8Array): Uint8Array {
    return this.storage.get(keyOf(address.bytes))?.get(keyOf(slot)) ?? EMPTY_BYTES;
  }

  /** Asked for before the first write of a transaction, as EthereumJS's own cache needs it. */
  originalStorageNow(address: Address, slot: Uint8Array): Uint8Array {
    const key = keyOf(address.bytes) + keyOf(slot);
    let value = this.originals.get(key);
    if (value === undefined) {
      value = this.storageNow(address, slot);
      this.originals.set(key, value);
    }
    return value;
  }

  putStorageNow(address: Address, slot: Uint8Array, value: Uint8Array): void {
    const key = keyOf(address.bytes);
    let slots = this.storage.get(key);
    if (slots === undefined) {
      slots = new Map();
      this.storage.set(key, slots);
    }
    this.set(slots, keyOf(slot), value);
  }

  accountNow(address: Address): Account | undefined {
    const account = this.accounts.get(keyOf(address.bytes));
    if (account === undefined) return undefined;
    return new Account(account.nonce, account.balance, account.storageRoot, account.codeHash);
  }

  codeNow(address: Address): Uint8Array {
    const account = this.accounts.get(keyOf(address.bytes));
    return account === undefined ? EMPTY_BYTES : (this.codes.get(keyOf(account.codeHash)) ?? EMPTY_BYTES);
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    return this.accountNow(address);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    const copy =
      account && new Account(account.nonce, account.balance, account.storageRoot, account.codeHash);
    this.set(this.accounts, keyOf(address.bytes), copy);
  }

  async deleteAccount(address: Address): Promise<void> {
    await this.clearStorage(address);
    this.set(this.accounts, keyOf(address.bytes), undefined);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = this.accountNow(address) ?? new Account();
    await this.putAccount(address, Object.assign(account, fields));
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.codeNow(address);
  }

  async getCodeSize(address: Address): Promise<number> {
    return this.codeNow(address).length;
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const codeHash = keccak256(code);
    if (code.length > 0) this.codes.set(keyOf(codeHash), code);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array> {
    return this.storageNow(address, slot);
  }

  async putStorage(address: Address, slot: Uint8Array, value: Uint8Array): Promise<void> {
    this.putStorageNow(address, slot, value);
  }

  async clearStorage(address: Address): Promise<void> {
    this.set(this.storage, keyOf(address.bytes), new Map<string, Uint8Array>());
  }

  async checkpoint(): Promise<void> {
    this.checkpoints.push(this.undo.length);
  }

  async commit(): Promise<void> {
    this.checkpoints.pop();
    if (this.checkpoints.length === 0) this.undo.length = 0;
  }

  async revert(): Promise<void> {
    const position = this.checkpoints.pop() ?? 0;
    while (this.undo.length > position) this.undo.pop()?.();
  }

  /** The root of the trie that holds the same state. */
  async getStateRoot(): Promise<Uint8Array> {
    const trie = new MerkleStateManager();
    for (const [key, account] of this.accounts) {
      if (account === undefined) continue;
      const address = new Address(bytesOf(key));
      await trie.putAccount(address, new Account(account.nonce, account.balance));
      const code = this.codeNow(address);
      if (code.length > 0) await trie.putCode(address, code);
      for (const [slot, value] of this.storage.get(key) ?? []) {
        const short = stripLeadingZeros(value);
        if (short.length > 0) await trie.putStorage(address, bytesOf(slot), short);
      }
    }
    await trie.flush();
    return trie.getStateRoot();
  }

  async setStateRoot(): Promise<void> {
    throw new InvariantError("a state in memory has one root");
  }

  async hasStateRoot(): Promise<boolean> {
    return false;
  }

  clearCaches(): void {
    this.originals.clear();
  }

  shallowCopy(): StateManagerInterface {
    throw new InvariantError("a state in memory belongs to one VM");
  }

  private set<Value>(map: Map<string, Value>, key: string, value: Value): void {
    if (this.checkpoints.length > 0) {
      const before = map.get(key);
      const existed = map.has(key);
      this.undo.push(() => (existed && before !== undefined ? map.set(key, before) : map.delete(key)));
    }
    map.set(key, value);
  }
}

/** Writes the accounts into a state; those that are empty are left out, as EIP-161 has it. */
export async function loadAlloc(state: MemoryState | MerkleStateManager, alloc: Alloc): Promise<void> {
  for (const [text, { balance = "0x0", nonce = 0, code = "0x", storage = {} }] of Object.entries(alloc)) {
    const address = new Address(hexToBytes(text));
    const slots = Object.entries(storage).filter(([, value]) => BigInt(value) !== 0n);
    if (BigInt(nonce) === 0n && BigInt(balance) === 0n && code === "0x" && slots.length === 0) continue;
    const root = state instanceof MemoryState && slots.length > 0 ? SOME_STORAGE_ROOT : undefined;
    await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance), root));
    if (code !== "0x") await state.putCode(address, hexToBytes(code));
    for (const [slot, value] of slots) {
      await state.putStorage(address, word(slot), stripLeadingZeros(word(value)));
    }
  }
  if (state instanceof MerkleStateManager) await state.flush();
}

function word(hex: string): Uint8Array {
  const digits: Hex = `0x${hex.slice(2).padStart(64, "0")}`;
  return padTo32(hexToBytes(digits));
}
