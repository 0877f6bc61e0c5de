export { ArchiveError } from "./archiveError.ts";
export { type Archive, type ArchiveOptions, createArchive, hasArchive } from "./createArchive.ts";
export type { SettledHeads } from "./settledRecord.ts";
export type {
  AccountBlocks,
  AccountSearch,
  ArchivedBatch,
  ArchivedGenesis,
  ArchivedLog,
  ArchivedTransaction,
  LogSearch,
} from "./types.ts";
