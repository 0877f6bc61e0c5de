import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type Transaction } from "lmdb";
import { ArchiveError } from "./archiveError.ts";

const NAMES = [
  /** Block number → BlockRecord. */
  "block",
  /** Block number → transactions and senders. */
  "body",
  /** Block number → outcomes, packed. */
  "outcome",
  /** Block number → access list (EIP-7928), packed. */
  "accessList",
  /** Block hash → block number. */
  "hash",
  /** Transaction hash → block number, index. */
  "place",
  /** Position, value, block number → nothing: see `logKey`. */
  "log",
  /** Address, block number → indices of transactions. */
  "account",
  /** Batch number → L1Batch. */
  "batch",
  /** Last block of a batch → batch number. */
  "batchEnd",
  /** Batch number → data. */
  "batchData",
  "meta",
] as const;

type Name = (typeof NAMES)[number];
type Bytes = Database<Uint8Array, Buffer>;

const MAP_BYTES = 1024 ** 4;

/** A range of keys; `end` is left out, and lies below `start` when reversed. */
export interface KeyRange {
  start: Buffer;
  end: Buffer;
  reverse?: boolean;
  limit?: number;
}

/** What the archive held at one moment. */
export interface ArchiveView {
  get(name: Name, key: Uint8Array): Uint8Array | undefined;
  keys(name: Name, range: KeyRange): Iterable<Uint8Array>;
  entries(name: Name, range: KeyRange): Iterable<{ key: Uint8Array; value: Uint8Array }>;
}

/** Writes of one transaction: all of them or none. */
export interface ArchiveWriter {
  put(name: Name, key: Uint8Array, value: Uint8Array): void;
  remove(name: Name, key: Uint8Array): void;
}

export interface ArchiveStore extends ArchiveView {
  /** Resolves when all is on disk, whatever happens to the machine. */
  write(work: (writer: ArchiveWriter) => void): Promise<void>;
  /** A view that later writes do not change. While it is open their space is not used again. */
  freeze(): ArchiveView & { close(): void };
  close(): Promise<void>;
}

/** LMDB: one writer, any number of readers in whatever process. */
export function openArchiveStore(directory: string, readOnly: boolean): ArchiveStore {
  if (readOnly && !existsSync(join(directory, "data.mdb"))) throw missing(directory);
  const root = open<Uint8Array, Buffer>({
    path: directory,
    noSubdir: false,
    readOnly,
    encoding: "binary",
    keyEncoding: "binary",
    mapSize: MAP_BYTES,
    maxDbs: NAMES.length + 1,
  });
  const databases = new Map<Name, Bytes>();
  for (const name of NAMES)
    databases.set(name, root.openDB<Uint8Array, Buffer>({ name, encoding: "binary", keyEncoding: "binary" }));
  const database = (name: Name): Bytes => {
    const found = databases.get(name);
    if (found === undefined) throw missing(directory);
    return found;
  };

  const view = (transaction?: Transaction): ArchiveView => {
    const options = transaction === undefined ? {} : { transaction };
    return {
      get: (name, key) => toBytes(database(name).get(Buffer.from(key), options)),
      keys: (name, range) => database(name).getKeys({ ...range, ...options }),
      entries: (name, range) => database(name).getRange({ ...range, ...options }),
    };
  };

  return {
    ...view(),
    async write(work) {
      try {
        await root.batch(() => {
          work({
            put: (name, key, value) => void database(name).put(Buffer.from(key), value),
            remove: (name, key) => void database(name).remove(Buffer.from(key)),
          });
        });
        await root.flushed;
      } catch (cause) {
        const hint = "Look for a full disk. Nothing of the write was kept; it can be repeated.";
        throw new ArchiveError("ARCHIVE_WRITE_FAILED", `could not write to ${directory}`, {
          cause,
          retryable: true,
          hint,
        });
      }
      root.resetReadTxn();
    },
    freeze() {
      const transaction = root.useReadTransaction();
      return { ...view(transaction), close: () => transaction.done() };
    },
    close: () => root.close(),
  };
}

function toBytes(buffer: Uint8Array | undefined): Uint8Array | undefined {
  return buffer === undefined ? undefined : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function missing(directory: string): ArchiveError {
  return new ArchiveError("ARCHIVE_MISSING", `there is no archive in ${directory}`, {
    hint: "`braid verify --data DIR` with --rpc or --archive makes one.",
  });
}
