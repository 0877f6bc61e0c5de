export { changedReader } from "./changedReader.ts";
export { createReaders, type ReadersOptions } from "./createReaders.ts";
export { inlineReaders, ReadersClosedError } from "./inlineReaders.ts";
export type { ProofResult } from "./proofJob.ts";
export { goDuration, ReadTimeoutError } from "./timeLimit.ts";
export type {
  ReadDesk,
  Readers,
  ReadJob,
  ReadJobName,
  ReadOptions,
  ReadParams,
  ReadResult,
  ReadScene,
  ReadState,
} from "./types.ts";
