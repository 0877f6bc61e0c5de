import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { LRUCache } from "lru-cache";
import {
  type AccountChange,
  type Block,
  BraidError,
  bytesEqual,
  InvariantError,
  type StateDiff,
} from "../../protocol/index.ts";
import { type Key, keyOf } from "../engine/keys.ts";
import { ByteArena } from "../trie/byteArena.ts";
import type { StateHead } from "../types.ts";
import { type FlatDatabases, FlatReader, readBytes, storageKey } from "./flatReader.ts";
import { decodeHead, encodeAccount, encodeHead } from "./recordCodec.ts";
import type { UndoneChanges } from "./rollback.ts";
import type { StateReader, StateSnapshot, TrieNodeReader } from "./types.ts";

export class StateStoreError extends BraidError {}

export interface StateStoreOptions {
  /** For the many that only read. The store must exist already. */
  readOnly?: boolean;
  /** Address space set aside, in bytes; no memory or disk is taken before it is used. May differ at each opening. */
  mapSize?: number;
  /** Contract code kept decoded by this handle, in bytes. */
  codeCacheBytes?: number;
}

/** What a commit needs of a block; an ExecutedBlock fits. */
export interface StateStoreCommit {
  block: Pick<Block, "header" | "hash">;
  stateDiff: StateDiff;
  trieNodes: ReadonlyMap<string, Uint8Array>;
  storageRoots: ReadonlyMap<string, Uint8Array>;
}

const DEFAULT_MAP_SIZE = 1024 ** 4;
const DEFAULT_CODE_CACHE_BYTES = 32 * 1024 ** 2;
const MAX_READERS = 1024;
const HEAD_KEY = Buffer.from("head");

/**
 * The hot state of one host: one writer, any number of reading threads and processes, each with a handle of its own.
 *
 * A commit is one LMDB transaction, so a reader sees a whole block or nothing of it, also after a killed process. The
 * file system flush follows after the commit is visible: when the *machine* fails, LMDB notices the new boot and opens
 * at the last flushed transaction, a few blocks behind, whole; the blocks after it are replayed from PostgreSQL.
 */
export class StateStore implements TrieNodeReader {
  readonly #root: RootDatabase<Buffer, Uint8Array>;
  readonly #databases: FlatDatabases;
  readonly #codes: LRUCache<string, Uint8Array>;
  readonly #latest: FlatReader;
  #closed = false;

  private constructor(
    root: RootDatabase<Buffer, Uint8Array>,
    databases: FlatDatabases,
    codeCacheBytes: number,
  ) {
    this.#root = root;
    this.#databases = databases;
    this.#codes = new LRUCache({ maxSize: codeCacheBytes, sizeCalculation: (code) => code.length + 64 });
    this.#latest = new FlatReader(databases, this.#codes, undefined);
  }

  static open(directory: string, options: StateStoreOptions = {}): StateStore {
    const readOnly = options.readOnly ?? false;
    if (readOnly && !existsSync(join(directory, "data.mdb"))) throw missingStore(directory);
    const root = open<Buffer, Uint8Array>({
      path: directory,
      noSubdir: false,
      readOnly,
      encoding: "binary",
      keyEncoding: "binary",
      mapSize: options.mapSize ?? DEFAULT_MAP_SIZE,
      maxReaders: MAX_READERS,
      maxDbs: 8,
    });
    const openDatabase = (name: string): Database<Buffer, Uint8Array> => {
      // Typed as always there, but undefined when it is missing and may not be made.
      const database: Database<Buffer, Uint8Array> | undefined = root.openDB<Buffer, Uint8Array>({
        name,
        encoding: "binary",
        keyEncoding: "binary",
      });
      if (database === undefined) {
        // A handle that nobody closes would keep the half-made store open beside the next try's.
        void root.close();
        throw missingStore(directory);
      }
      return database;
    };
    const databases = {
      accounts: openDatabase("account"),
      storage: openDatabase("storage"),
      codes: openDatabase("code"),
      nodes: openDatabase("node"),
      meta: openDatabase("meta"),
    };
    return new StateStore(root, databases, options.codeCacheBytes ?? DEFAULT_CODE_CACHE_BYTES);
  }

  /** Head of the latest commit; undefined while the store is empty. */
  head(): StateHead | undefined {
    this.refresh();
    const bytes = this.#databases.meta.getBinaryFast(HEAD_KEY);
    return bytes === undefined ? undefined : decodeHead(bytes);
  }

  /**
   * A view of the latest head that later commits do not change. Close it soon: while it is open the store cannot use
   * again the space of what those commits replace.
   */
  snapshot(): StateSnapshot {
    this.refresh();
    const transaction = this.#root.useReadTransaction();
    const bytes = this.#databases.meta.getBinaryFast(HEAD_KEY, { transaction });
    if (bytes === undefined) {
      transaction.done();
      throw new StateStoreError("STATE_STORE_EMPTY", "the state store holds no state yet", {
        retryable: true,
      });
    }
    const head = decodeHead(bytes);
    const reader = new FlatReader(this.#databases, this.#codes, { transaction });
    return {
      head,
      account: (address) => reader.account(address),
      storage: (address, slot) => reader.storage(address, slot),
      code: (codeHash) => reader.code(codeHash),
      close: () => {
        if (reader.close() && !this.#closed) transaction.done();
      },
    };
  }

  /** Reads whatever is the latest when the event loop last turned, or since {@link refresh}. */
  reader(): StateReader {
    return this.#latest;
  }

  /** Makes commits of other threads and processes visible now; by itself that happens at each turn of the event loop. */
  refresh(): void {
    this.#root.resetReadTxn();
  }

  node(hash: Uint8Array): Uint8Array | undefined {
    return readBytes(this.#databases.nodes, hash, undefined);
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#latest.code(codeHash);
  }

  /**
   * Applies blocks, one after the other, to the store in one transaction. Resolves when every reader, in whatever
   * process, can see them.
   */
  async commit(...blocks: [StateStoreCommit, ...StateStoreCommit[]]): Promise<void> {
    let head = this.head();
    for (const { block } of blocks) {
      checkFollows(head, block);
      const { header, hash } = block;
      head = { number: header.number, hash, stateRoot: header.stateRoot };
    }
    const reached = head;
    if (reached === undefined) return;
    try {
      await this.#root.batch(() => {
        const arena = new ByteArena();
        const slots = blocks.length === 1 ? undefined : new Map<Key, Uint8Array[]>();
        for (const executed of blocks) {
          this.#writeAccounts(executed, arena, slots);
          this.#writeNodes(executed.trieNodes);
          for (const { hash, code } of executed.stateDiff.codes) this.#put("codes", hash, code);
        }
        this.#put("meta", HEAD_KEY, encodeHead(reached));
      });
    } catch (cause) {
      throw new StateStoreError(
        "STATE_COMMIT_FAILED",
        `could not write the state of block ${reached.number}`,
        {
          cause,
          retryable: true,
        },
      );
    }
    this.refresh();
  }

  /**
   * Goes back to an earlier block in one transaction. `undone`: what the blocks after it changed; `before`: the state
   * at the target, read from its trie.
   */
  async rollback(target: StateHead, undone: UndoneChanges, before: StateReader): Promise<void> {
    const { accounts, storage } = this.#databases;
    try {
      await this.#root.batch(() => {
        const arena = new ByteArena();
        for (const { address, slots } of undone.accounts()) {
          const record = before.account(address);
          if (record === undefined) void accounts.remove(address);
          else this.#put("accounts", address, arena.copy(encodeAccount(record)));
          for (const slot of slots.values()) {
            const value = before.storage(address, slot);
            const key = storageKey(address, slot);
            if (value.length === 0) void storage.remove(key);
            else this.#put("storage", key, arena.copy(value));
          }
        }
        this.#put("meta", HEAD_KEY, encodeHead(target));
      });
    } catch (cause) {
      throw new StateStoreError("STATE_ROLLBACK_FAILED", `could not go back to block ${target.number}`, {
        cause,
        retryable: true,
      });
    }
    this.refresh();
  }

  /** Waits until all commits are on disk, then lets go of the files. Close snapshots first. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
  }

  /** `written`: slots by account that the transaction has written before; it does not read what it writes. */
  #writeAccounts(
    executed: StateStoreCommit,
    arena: ByteArena,
    written: Map<Key, Uint8Array[]> | undefined,
  ): void {
    const { accounts, storage } = this.#databases;
    for (const change of executed.stateDiff.accounts) {
      const { address, account } = change;
      if (account === undefined || change.storageCleared) {
        this.#clearStorage(address);
        for (const slot of written?.get(keyOf(address)) ?? []) {
          void storage.remove(storageKey(address, slot));
        }
      }
      if (account === undefined) {
        void accounts.remove(address);
        continue;
      }
      const storageRoot = executed.storageRoots.get(`0x${Buffer.from(address).toString("hex")}`);
      if (storageRoot === undefined) throw new InvariantError("a changed account has no storage root");
      this.#put("accounts", address, arena.copy(encodeAccount({ ...account, storageRoot })));
      for (const { slot, value } of change.storage) {
        const key = storageKey(address, slot);
        if (value.length === 0) void storage.remove(key);
        else this.#put("storage", key, arena.copy(value));
      }
      if (written !== undefined) remember(written, change);
    }
  }

  #writeNodes(nodes: ReadonlyMap<string, Uint8Array>): void {
    const key = Buffer.allocUnsafeSlow(32);
    for (const [hash, rlp] of nodes) {
      key.write(hash, "hex");
      this.#put("nodes", key, rlp);
    }
  }

  #clearStorage(address: Uint8Array): void {
    const end = new Uint8Array(53).fill(0xff);
    end.set(address);
    for (const key of this.#databases.storage.getKeys({ start: address, end })) {
      void this.#databases.storage.remove(key);
    }
  }

  /** Inside a batch: its end reports failure for all of it. */
  #put(database: keyof FlatDatabases, key: Uint8Array, value: Uint8Array): void {
    void this.#databases[database].put(key, value);
  }
}

function remember(written: Map<Key, Uint8Array[]>, { address, storage }: AccountChange): void {
  if (storage.length === 0) return;
  const key = keyOf(address);
  const slots = written.get(key) ?? [];
  slots.push(...storage.map(({ slot }) => slot));
  written.set(key, slots);
}

/** `head` undefined: anything begins a chain. */
export function checkFollows(head: StateHead | undefined, { header }: Pick<Block, "header">): void {
  if (head === undefined) return;
  const { number, parentHash } = header;
  if (number === head.number + 1 && bytesEqual(parentHash, head.hash)) return;
  throw new InvariantError(`block ${number} does not follow the state store's head ${head.number}`);
}

function missingStore(directory: string): StateStoreError {
  return new StateStoreError("STATE_STORE_MISSING", `there is no state store in ${directory}`, {
    retryable: true,
    hint: "The sequencer or the executor host creates it at its first start.",
  });
}
