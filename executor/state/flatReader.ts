import type { Database, RangeOptions, Transaction } from "lmdb";
import type { LRUCache } from "lru-cache";
import { bytesEqual, EMPTY_BYTES, InvariantError } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import { hashKey } from "../trie/commitStateDiff.ts";
import { copyBytes, decodeAccount } from "./recordCodec.ts";
import type { AccountRecord, StateReader } from "./types.ts";

export interface ReadOptions {
  transaction: Transaction;
}

/** What is used of lmdb's Database, with the read options that its own types leave out. */
export interface FlatDatabase extends Pick<Database<Uint8Array, Uint8Array>, "put" | "remove"> {
  /** The buffer is overwritten by the next read of any database; its `length` is right, its `byteLength` is not. */
  getBinaryFast(key: Uint8Array, options?: ReadOptions): Buffer | undefined;
  getKeys(options?: RangeOptions): Iterable<Uint8Array>;
}

export interface FlatDatabases {
  /** 20-byte address → account record. */
  accounts: FlatDatabase;
  /** Address ‖ slot → stripped value. */
  storage: FlatDatabase;
  /** Hash → code. */
  codes: FlatDatabase;
  /** Hash → RLP of a trie node. */
  nodes: FlatDatabase;
  meta: FlatDatabase;
}

const SHORT_COPY = 64;
const ADDRESS_BYTES = 20;
const scratchKey = new Uint8Array(52);

/** A reused buffer: the key is copied by the call it is given to. */
export function storageKey(address: Uint8Array, slot: Uint8Array): Uint8Array {
  scratchKey.set(address);
  scratchKey.set(slot, ADDRESS_BYTES);
  return scratchKey;
}

/** A copy of the value, which stays as it is. */
export function readBytes(
  database: FlatDatabase,
  key: Uint8Array,
  options: ReadOptions | undefined,
): Uint8Array | undefined {
  const bytes = database.getBinaryFast(key, options);
  if (bytes === undefined) return undefined;
  const length = bytes.length;
  if (length <= SHORT_COPY) return copyBytes(bytes, 0, length);
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

/** Reads the flat state, at the latest commit or inside one read transaction. */
export class FlatReader implements StateReader {
  readonly #databases: FlatDatabases;
  readonly #codes: LRUCache<string, Uint8Array>;
  readonly #options: ReadOptions | undefined;
  #closed = false;

  constructor(
    databases: FlatDatabases,
    codes: LRUCache<string, Uint8Array>,
    options: ReadOptions | undefined,
  ) {
    this.#databases = databases;
    this.#codes = codes;
    this.#options = options;
  }

  account(address: Uint8Array): AccountRecord | undefined {
    this.#checkOpen();
    const bytes = this.#databases.accounts.getBinaryFast(address, this.#options);
    return bytes === undefined ? undefined : decodeAccount(bytes);
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    this.#checkOpen();
    const bytes = this.#databases.storage.getBinaryFast(storageKey(address, slot), this.#options);
    return bytes === undefined ? EMPTY_BYTES : copyBytes(bytes, 0, bytes.length);
  }

  code(codeHash: Uint8Array): Uint8Array {
    this.#checkOpen();
    if (bytesEqual(codeHash, EMPTY_CODE_HASH)) return EMPTY_BYTES;
    const key = hashKey(codeHash);
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = readBytes(this.#databases.codes, codeHash, this.#options);
    if (code === undefined) throw new InvariantError(`the state store lacks the code ${key}`);
    this.#codes.set(key, code);
    return code;
  }

  /** False when it was closed before. */
  close(): boolean {
    const wasOpen = !this.#closed;
    this.#closed = true;
    return wasOpen;
  }

  #checkOpen(): void {
    if (this.#closed) throw new InvariantError("a closed state snapshot was read");
  }
}
