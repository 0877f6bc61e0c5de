import type { Common } from "@ethereumjs/common";
import { MerklePatriciaTrie } from "@ethereumjs/mpt";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import {
  type Account,
  type Address,
  type BatchDBOp,
  type DB,
  unprefixedHexToBytes,
  ValueEncoding,
} from "@ethereumjs/util";
import {
  type AccountChange,
  bytesToHex,
  hexToBytes,
  keccak256,
  type StateDiff,
  stripLeadingZeros,
} from "../../protocol/index.ts";
import { compareKeys, keyOf } from "../engine/keys.ts";
import type { StateStore } from "../state/stateStore.ts";

/** A state trie's nodes by hash; code has a letter before its hash (see CODEHASH_PREFIX of the state manager). */
const NODE_KEY_LENGTH = 64;

type TrieDatabase = DB<string, string | Uint8Array>;

/** The store's nodes and code below what the current block has written. */
class BlockDatabase implements TrieDatabase {
  /** Hash (hex without 0x) → RLP. */
  readonly nodes = new Map<string, Uint8Array>();
  private readonly codes = new Map<string, Uint8Array>();
  private readonly store: StateStore;

  constructor(store: StateStore) {
    this.store = store;
  }

  clear(): void {
    this.nodes.clear();
    this.codes.clear();
  }

  get(key: string): Promise<Uint8Array | undefined> {
    if (key.length === NODE_KEY_LENGTH) {
      return Promise.resolve(this.nodes.get(key) ?? this.store.node(unprefixedHexToBytes(key)));
    }
    return Promise.resolve(this.codes.get(key) ?? this.store.code(unprefixedHexToBytes(key.slice(2))));
  }

  put(key: string, value: string | Uint8Array): Promise<void> {
    const bytes = typeof value === "string" ? unprefixedHexToBytes(value) : value;
    (key.length === NODE_KEY_LENGTH ? this.nodes : this.codes).set(key, bytes);
    return Promise.resolve();
  }

  /** Every node stays: it belongs to some block's state. */
  del(): Promise<void> {
    return Promise.resolve();
  }

  async batch(operations: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
    }
  }

  shallowCopy(): TrieDatabase {
    return this;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a block may have changed of one account. */
interface Touched {
  address: Address;
  cleared: boolean;
  slots: Map<string, Uint8Array>;
}

/** What the store needs of a block beside its header. */
export interface BlockWrites {
  stateDiff: StateDiff;
  trieNodes: ReadonlyMap<string, Uint8Array>;
  storageRoots: ReadonlyMap<string, Uint8Array>;
}

/**
 * EthereumJS' own state manager over the state store, which notes what was written. What was written and undone is
 * noted too: the values are read when the block is through, so that it costs a little and changes nothing.
 */
export class ImportState extends MerkleStateManager {
  private readonly blockDatabase: BlockDatabase;
  private readonly touched = new Map<string, Touched>();
  private readonly deployed = new Map<string, Uint8Array>();

  constructor(store: StateStore, common: Common) {
    const database = new BlockDatabase(store);
    const trie = new MerklePatriciaTrie({
      db: database,
      useKeyHashing: true,
      useKeyHashingFunction: keccak256,
      valueEncoding: ValueEncoding.Bytes,
    });
    super({ trie, common, caches: new Caches() });
    this.blockDatabase = database;
  }

  /** Starts a block on the state of `root`. */
  async begin(root: Uint8Array): Promise<void> {
    this.blockDatabase.clear();
    this.touched.clear();
    this.deployed.clear();
    await this.setStateRoot(root);
  }

  override putAccount(address: Address, account?: Account): Promise<void> {
    const touched = this.touch(address);
    if (account === undefined) touched.cleared = true;
    return super.putAccount(address, account);
  }

  override deleteAccount(address: Address): Promise<void> {
    this.touch(address).cleared = true;
    return super.deleteAccount(address);
  }

  override putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const slot = Uint8Array.from(key);
    this.touch(address).slots.set(keyOf(slot), slot);
    return super.putStorage(address, key, value);
  }

  /** Called for every new contract; one that had storage would be a collision, which is refused before. */
  override clearStorage(address: Address): Promise<void> {
    this.touch(address).cleared = true;
    return super.clearStorage(address);
  }

  override putCode(address: Address, value: Uint8Array): Promise<void> {
    this.touch(address);
    const code = Uint8Array.from(value);
    this.deployed.set(bytesToHex(keccak256(code)), code);
    return super.putCode(address, value);
  }

  /** All that the block changed, once it is through. */
  async writes(): Promise<BlockWrites> {
    await this.flush();
    const storageRoots = new Map<string, Uint8Array>();
    const accounts: AccountChange[] = [];
    const inOrder = [...this.touched].sort(([a], [b]) => compareKeys(a, b));
    for (const [, { address, cleared, slots }] of inOrder) {
      const account = await this.getAccount(address);
      if (account === undefined) {
        accounts.push({ address: address.bytes, account, storageCleared: true, storage: [] });
        continue;
      }
      const { nonce, balance, codeHash, storageRoot } = account;
      storageRoots.set(bytesToHex(address.bytes), storageRoot);
      const storage: AccountChange["storage"] = [];
      for (const [, slot] of [...slots].sort(([a], [b]) => compareKeys(a, b))) {
        storage.push({ slot, value: stripLeadingZeros(await this.getStorage(address, slot)) });
      }
      accounts.push({
        address: address.bytes,
        account: { nonce, balance, codeHash },
        storageCleared: cleared,
        storage,
      });
    }
    const codes = [...this.deployed]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([hash, code]) => ({ hash: hexToBytes(hash), code }));
    return { stateDiff: { accounts, codes }, trieNodes: this.blockDatabase.nodes, storageRoots };
  }

  private touch(address: Address): Touched {
    const key = keyOf(address.bytes);
    let touched = this.touched.get(key);
    if (touched === undefined) {
      touched = { address, cleared: false, slots: new Map() };
      this.touched.set(key, touched);
    }
    return touched;
  }
}
