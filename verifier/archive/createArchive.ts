import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ExecutedBlock } from "../../executor/index.ts";
import {
  type Block,
  type BlockHeader,
  type BlockRef,
  bytesEqual,
  decodeStateDiff,
  InvariantError,
} from "../../protocol/index.ts";
import type { BlockPlace, BlockSink, L1Batch, VerifiedChain } from "../types.ts";
import { appendBlock, GENESIS_KEY } from "./appendBlock.ts";
import { ArchiveError } from "./archiveError.ts";
import { HIGHEST_NUMBER, numberKey, numberOf } from "./archiveKeys.ts";
import { type ArchiveStore, openArchiveStore } from "./archiveStore.ts";
import { decodeBatchRecord, encodeBatchRecord } from "./batchRecord.ts";
import { rawBody } from "./bodyCodec.ts";
import { CHAIN_KEY, decodeChain, encodeChain } from "./chainRecord.ts";
import { findAccountBlocks } from "./findAccountBlocks.ts";
import { findLogs } from "./findLogs.ts";
import { unpack } from "./packed.ts";
import {
  blockAt,
  blockRecord,
  DOWNWARDS,
  headRecord,
  isNumber,
  minedTransaction,
  numberByHash,
  part,
} from "./readBlocks.ts";
import { rewindArchive } from "./rewindArchive.ts";
import { decodeSettled, encodeSettled, SETTLED_KEY, type SettledHeads } from "./settledRecord.ts";
import type {
  AccountBlocks,
  AccountSearch,
  ArchivedBatch,
  ArchivedGenesis,
  ArchivedLog,
  ArchivedTransaction,
  LogSearch,
} from "./types.ts";

/** Verified blocks on disk, for whoever asks about them. Reads see whole blocks only. */
export interface Archive extends BlockSink {
  /** Writes down whose blocks these are; another chain than at the first time is refused (ARCHIVE_OTHER_CHAIN). */
  identify(chain: VerifiedChain): Promise<void>;
  /** Undefined before `identify`. */
  chain(): VerifiedChain | undefined;
  /** Undefined while it is empty. */
  genesis(): ArchivedGenesis | undefined;
  headNow(): BlockRef | undefined;
  blockByNumber(number: number): Block | undefined;
  blockByHash(hash: Uint8Array): Block | undefined;
  header(number: number): { header: BlockHeader; hash: Uint8Array } | undefined;
  place(number: number): BlockPlace | undefined;
  /** Transactions as they were signed. */
  body(number: number): { raw: Uint8Array }[] | undefined;
  transaction(hash: Uint8Array): ArchivedTransaction | undefined;
  /** One more than the limit says that there are more. */
  logs(search: LogSearch): Promise<ArchivedLog[]>;
  accountBlocks(search: AccountSearch): AccountBlocks;
  /** RLP (EIP-7928). */
  accessList(number: number): Uint8Array | undefined;
  batch(number: number): ArchivedBatch | undefined;
  lastBatch(): ArchivedBatch | undefined;
  batchOfBlock(block: number): ArchivedBatch | undefined;
  /** As it was posted. */
  batchData(number: number): Uint8Array | undefined;
  settledHeads(): SettledHeads;
  close(): Promise<void>;
}

export interface ArchiveOptions {
  /** For the many that only read; it must exist already. */
  readOnly?: boolean;
}

const folderOf = (dataDir: string) => join(dataDir, "archive");

/** Whether a verifier's folder keeps an archive. */
export function hasArchive(dataDir: string): boolean {
  return existsSync(join(folderOf(dataDir), "data.mdb"));
}

/** Opens the archive in `<data>/archive`, and makes it where there is none. */
export function createArchive(dataDir: string, { readOnly = false }: ArchiveOptions = {}): Archive {
  const store = openArchiveStore(folderOf(dataDir), readOnly);
  return { ...sinkOf(store), ...readsOf(store), close: () => store.close() };
}

function sinkOf(store: ArchiveStore): BlockSink & Pick<Archive, "identify"> {
  return {
    head: async () => headOf(store),
    async append(executed: ExecutedBlock, place: BlockPlace) {
      if (isHead(store, executed.block)) return;
      requireFollows(store, executed.block);
      await appendBlock(store, executed, place);
    },
    async batchVerified(batch: L1Batch, data: Uint8Array) {
      const { number, lastBlock } = batch.header;
      const head = headOf(store);
      if (head === undefined || head.number < lastBlock) {
        throw new InvariantError(`batch ${number} ends after the archive's head`);
      }
      await store.write((writer) => {
        writer.put("batch", numberKey(number), encodeBatchRecord({ batch, size: data.length }));
        writer.put("batchEnd", numberKey(lastBlock), numberKey(number));
        writer.put("batchData", numberKey(number), data);
      });
    },
    rewind: (toBlock) => rewindArchive(store, toBlock),
    settled: (heads) => store.write((writer) => writer.put("meta", SETTLED_KEY, encodeSettled(heads))),
    async identify(chain) {
      const encoded = encodeChain(chain);
      const known = store.get("meta", CHAIN_KEY);
      if (known === undefined) await store.write((writer) => writer.put("meta", CHAIN_KEY, encoded));
      else if (!bytesEqual(known, encoded)) throw otherChain();
    },
  };
}

function readsOf(store: ArchiveStore): Omit<Archive, keyof BlockSink | "identify" | "close"> {
  const batch = (number: number): ArchivedBatch | undefined => {
    const bytes = isNumber(number) ? store.get("batch", numberKey(number)) : undefined;
    return bytes === undefined ? undefined : decodeBatchRecord(bytes);
  };
  return {
    chain: () => decodeChain(store.get("meta", CHAIN_KEY)),
    genesis() {
      const record = blockRecord(store, 0);
      const diff = store.get("meta", GENESIS_KEY);
      if (record === undefined || diff === undefined) return undefined;
      return { header: record.header, hash: record.hash, stateDiff: decodeStateDiff(diff) };
    },
    headNow: () => headOf(store),
    blockByNumber: (number) => blockAt(store, number),
    blockByHash(hash) {
      const number = numberByHash(store, hash);
      return number === undefined ? undefined : blockAt(store, number);
    },
    header: (number) => blockRecord(store, number),
    place: (number) => blockRecord(store, number)?.place,
    body: (number) =>
      blockRecord(store, number) === undefined ? undefined : rawBody(part(store, "body", number)),
    transaction: (hash) => minedTransaction(store, hash),
    async logs(search) {
      const view = store.freeze();
      try {
        return await findLogs(view, search, headOf(view)?.number ?? -1);
      } finally {
        view.close();
      }
    },
    accountBlocks: (search) => findAccountBlocks(store, search),
    accessList(number) {
      const packed = isNumber(number) ? store.get("accessList", numberKey(number)) : undefined;
      return packed === undefined ? undefined : unpack(packed);
    },
    batch,
    lastBatch() {
      for (const { value } of store.entries("batch", DOWNWARDS)) return decodeBatchRecord(value);
      return undefined;
    },
    batchOfBlock(block) {
      if (!isNumber(block)) return undefined;
      const range = { start: numberKey(block), end: numberKey(HIGHEST_NUMBER), limit: 1 };
      for (const { value } of store.entries("batchEnd", range)) {
        const found = batch(numberOf(value));
        return found !== undefined && found.batch.header.firstBlock <= block ? found : undefined;
      }
      return undefined;
    },
    batchData: (number) => (isNumber(number) ? store.get("batchData", numberKey(number)) : undefined),
    settledHeads() {
      const heads = decodeSettled(store.get("meta", SETTLED_KEY));
      const head = headOf(store)?.number ?? 0;
      return { proven: Math.min(heads.proven, head), finalized: Math.min(heads.finalized, head) };
    },
  };
}

function headOf(view: Parameters<typeof headRecord>[0]): BlockRef | undefined {
  const record = headRecord(view);
  return record && { number: record.header.number, hash: record.hash };
}

function isHead(store: ArchiveStore, block: Block): boolean {
  const head = headOf(store);
  return head?.number === block.header.number && bytesEqual(head.hash, block.hash);
}

function requireFollows(store: ArchiveStore, { header }: Block): void {
  const head = headOf(store);
  const follows =
    head === undefined
      ? header.number === 0
      : header.number === head.number + 1 && bytesEqual(header.parentHash, head.hash);
  if (!follows) {
    const at = head === undefined ? "an empty archive" : `the archive's head ${head.number}`;
    throw new InvariantError(`block ${header.number} does not follow ${at}`);
  }
}

function otherChain(): ArchiveError {
  return new ArchiveError("ARCHIVE_OTHER_CHAIN", "the archive holds another chain", {
    hint: "Name another data folder with --data, or take this one away.",
  });
}
