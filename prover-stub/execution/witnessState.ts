/**
 * The state that EthereumJS's VM runs on: what the batch wrote so far, over Merkle Patricia tries that hold nothing but
 * the witness.
 *
 * Invariant: every value read belongs to the trusted root that this began with, or was written since. Writes go to the
 * tries at `seal` only, insertions before deletions: then a trie needs no node that its change as a whole does not need.
 */
import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { OriginalStorageCache } from "@ethereumjs/statemanager";
import { Account, type Address, createAccountFromRLP, KECCAK256_RLP, ValueEncoding } from "@ethereumjs/util";
import { WitnessIncompleteError, type WitnessNodes } from "../../executor/index.ts";
import {
  bytesEqual,
  bytesToHex,
  EMPTY_BYTES,
  type Hex,
  hexToBytes,
  InvariantError,
  keccak256,
  stripLeadingZeros,
} from "../../protocol/index.ts";
import { NodeDb } from "./nodeDb.ts";

/** What was being read when the witness had no more. */
export class MissingLocationError extends WitnessIncompleteError {
  readonly address: Hex;
  readonly slot: Hex | undefined;

  constructor(missing: WitnessIncompleteError, address: Uint8Array, slot?: Uint8Array) {
    super(missing.part, hexToBytes(missing.hash));
    this.address = bytesToHex(address);
    this.slot = slot === undefined ? undefined : bytesToHex(slot);
  }
}

export class WitnessState implements StateManagerInterface {
  readonly originalStorageCache = new OriginalStorageCache((address, key) => this.getStorage(address, key));
  private readonly witness: WitnessNodes;
  private readonly db: NodeDb;
  private root: Uint8Array;
  private accountTrie: MerklePatriciaTrie | undefined;
  private readonly storageTries = new Map<Hex, MerklePatriciaTrie>();
  /** As at the last seal. */
  private readonly baseAccounts = new Map<Hex, Account | undefined>();
  private readonly baseSlots = new Map<string, Uint8Array>();
  /** Written since. */
  private readonly accounts = new Map<Hex, Account | undefined>();
  private readonly slots = new Map<Hex, Map<Hex, Uint8Array>>();
  private readonly cleared = new Set<Hex>();
  private readonly codes = new Map<Hex, Uint8Array>();
  private undo: (() => void)[] = [];
  private readonly marks: number[] = [];

  constructor(witness: WitnessNodes, root: Uint8Array) {
    this.witness = witness;
    this.db = new NodeDb(witness);
    this.root = root;
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const key = bytesToHex(address.bytes);
    const account = this.accounts.has(key) ? this.accounts.get(key) : await this.baseAccount(key);
    return account === undefined ? undefined : copyOf(account);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.setAccount(bytesToHex(address.bytes), account === undefined ? undefined : copyOf(account));
  }

  async deleteAccount(address: Address): Promise<void> {
    const key = bytesToHex(address.bytes);
    this.setAccount(key, undefined);
    this.wipe(key);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    account.nonce = fields.nonce ?? account.nonce;
    account.balance = fields.balance ?? account.balance;
    account.codeHash = fields.codeHash ?? account.codeHash;
    await this.putAccount(address, account);
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = keccak256(value);
    this.codes.set(bytesToHex(codeHash), value);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = await this.getAccount(address);
    if (account === undefined || !account.isContract()) return EMPTY_BYTES;
    const written = this.codes.get(bytesToHex(account.codeHash));
    return (
      written ?? (await located(address.bytes, undefined, async () => this.witness.code(account.codeHash)))
    );
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const at = bytesToHex(address.bytes);
    const slot = bytesToHex(key);
    return this.slots.get(at)?.get(slot) ?? (this.cleared.has(at) ? EMPTY_BYTES : this.baseSlot(at, slot));
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const at = bytesToHex(address.bytes);
    const slot = bytesToHex(key);
    let slots = this.slots.get(at);
    if (slots === undefined) {
      slots = new Map();
      this.slots.set(at, slots);
    }
    const changed = slots;
    const before = changed.get(slot);
    this.undo.push(() => {
      if (before === undefined) changed.delete(slot);
      else changed.set(slot, before);
    });
    changed.set(slot, stripLeadingZeros(value).slice());
  }

  async clearStorage(address: Address): Promise<void> {
    const account = await this.getAccount(address);
    if (account !== undefined) {
      account.storageRoot = KECCAK256_RLP;
      await this.putAccount(address, account);
    }
    this.wipe(bytesToHex(address.bytes));
  }

  async checkpoint(): Promise<void> {
    this.marks.push(this.undo.length);
  }

  async commit(): Promise<void> {
    if (this.marks.pop() === undefined) throw new InvariantError("a commit without a checkpoint");
    if (this.marks.length > 0) return;
    this.undo = [];
    this.originalStorageCache.clear();
  }

  async revert(): Promise<void> {
    const mark = this.marks.pop();
    if (mark === undefined) throw new InvariantError("a revert without a checkpoint");
    while (this.undo.length > mark) this.undo.pop()?.();
    if (this.marks.length === 0) this.originalStorageCache.clear();
  }

  /** Writes everything to the tries; the new root, from which reading goes on. */
  async seal(): Promise<Uint8Array> {
    if (this.marks.length > 0) throw new InvariantError("a state is sealed inside a checkpoint");
    const trie = await this.openAccounts();
    const deleted: Uint8Array[] = [];
    for (const key of new Set([...this.accounts.keys(), ...this.slots.keys(), ...this.cleared])) {
      const address = hexToBytes(key);
      const before = await this.baseAccount(key);
      const account = this.accounts.has(key) ? this.accounts.get(key) : before;
      if (account === undefined) {
        if (before !== undefined) deleted.push(address);
        continue;
      }
      const sealed = copyOf(account);
      sealed.storageRoot = await this.sealStorage(key, before);
      if (before !== undefined && bytesEqual(sealed.serialize(), before.serialize())) continue;
      await located(address, undefined, () => trie.put(address, sealed.serialize()));
    }
    for (const address of deleted) await located(address, undefined, () => trie.del(address));
    this.root = trie.root();
    this.forget();
    return this.root;
  }

  async getStateRoot(): Promise<Uint8Array> {
    return this.root;
  }

  async setStateRoot(): Promise<void> {
    throw new InvariantError("the state of a batch goes forwards only");
  }

  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    return bytesEqual(root, this.root);
  }

  clearCaches(): void {
    // What is kept is the state itself.
  }

  shallowCopy(): StateManagerInterface {
    return new WitnessState(this.witness, this.root);
  }

  /** Reads an account's storage root as at the last seal; that of nothing where there is no account. */
  async storageRoot(address: Uint8Array): Promise<Uint8Array> {
    return (await this.baseAccount(bytesToHex(address)))?.storageRoot ?? KECCAK256_RLP;
  }

  private setAccount(key: Hex, account: Account | undefined): void {
    const known = this.accounts.has(key);
    const before = this.accounts.get(key);
    this.undo.push(() => {
      if (known) this.accounts.set(key, before);
      else this.accounts.delete(key);
    });
    this.accounts.set(key, account);
  }

  private wipe(key: Hex): void {
    const slots = this.slots.get(key);
    const wiped = this.cleared.has(key);
    this.undo.push(() => {
      if (slots === undefined) this.slots.delete(key);
      else this.slots.set(key, slots);
      if (!wiped) this.cleared.delete(key);
    });
    this.slots.delete(key);
    this.cleared.add(key);
  }

  private async sealStorage(key: Hex, before: Account | undefined): Promise<Uint8Array> {
    const kept = !this.cleared.has(key);
    const root = kept ? (before?.storageRoot ?? KECCAK256_RLP) : KECCAK256_RLP;
    const slots = this.slots.get(key);
    if (slots === undefined || slots.size === 0) return root;
    const address = hexToBytes(key);
    const trie = await this.openTrie(root);
    const deleted: Uint8Array[] = [];
    for (const [slotKey, value] of slots) {
      const slot = hexToBytes(slotKey);
      const base = kept ? await this.baseSlot(key, slotKey) : EMPTY_BYTES;
      if (bytesEqual(base, value)) continue;
      if (value.length === 0) deleted.push(slot);
      else await located(address, slot, () => trie.put(slot, RLP.encode(value)));
    }
    for (const slot of deleted) await located(address, slot, () => trie.del(slot));
    return trie.root();
  }

  private forget(): void {
    this.baseAccounts.clear();
    this.baseSlots.clear();
    this.storageTries.clear();
    this.accounts.clear();
    this.slots.clear();
    this.cleared.clear();
    this.undo = [];
    this.originalStorageCache.clear();
  }

  private async baseAccount(key: Hex): Promise<Account | undefined> {
    if (this.baseAccounts.has(key)) return this.baseAccounts.get(key);
    const address = hexToBytes(key);
    const trie = await this.openAccounts();
    const rlp = await located(address, undefined, () => trie.get(address));
    const account = rlp === null ? undefined : createAccountFromRLP(rlp);
    this.baseAccounts.set(key, account);
    return account;
  }

  private async baseSlot(key: Hex, slotKey: Hex): Promise<Uint8Array> {
    const known = this.baseSlots.get(key + slotKey);
    if (known !== undefined) return known;
    const account = await this.baseAccount(key);
    let value: Uint8Array = EMPTY_BYTES;
    if (account !== undefined && !bytesEqual(account.storageRoot, KECCAK256_RLP)) {
      let trie = this.storageTries.get(key);
      if (trie === undefined) {
        trie = await this.openTrie(account.storageRoot);
        this.storageTries.set(key, trie);
      }
      const opened = trie;
      const slot = hexToBytes(slotKey);
      const rlp = await located(hexToBytes(key), slot, () => opened.get(slot));
      const decoded = rlp === null ? EMPTY_BYTES : RLP.decode(rlp);
      if (!(decoded instanceof Uint8Array)) throw new InvariantError("a slot holds a list");
      value = decoded;
    }
    this.baseSlots.set(key + slotKey, value);
    return value;
  }

  private async openAccounts(): Promise<MerklePatriciaTrie> {
    this.accountTrie ??= await this.openTrie(this.root);
    return this.accountTrie;
  }

  private openTrie(root: Uint8Array): Promise<MerklePatriciaTrie> {
    return createMPT({
      db: this.db,
      root,
      useKeyHashing: true,
      useKeyHashingFunction: keccak256,
      valueEncoding: ValueEncoding.Bytes,
    });
  }
}

function copyOf({ nonce, balance, storageRoot, codeHash }: Account): Account {
  return new Account(nonce, balance, storageRoot, codeHash);
}

/** Says where, when the witness has no more. */
async function located<T>(
  address: Uint8Array,
  slot: Uint8Array | undefined,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WitnessIncompleteError) throw new MissingLocationError(error, address, slot);
    throw error;
  }
}
