export { createExecutor, type ExecutorOptions, type ShadowDifference } from "./createExecutor.ts";
export type { BlockEnvironment } from "./engine/blockEnvironment.ts";
export { braidRules, type ChainRules } from "./engine/chainRules.ts";
export * from "./import/index.ts";
export type { PendingParams, PendingResult } from "./pending/index.ts";
export * from "./readers/index.ts";
export * from "./replay/index.ts";
export * from "./simulate/index.ts";
export { StateStore } from "./state/stateStore.ts";
export type { AccountRecord, StateReader, StateSnapshot } from "./state/types.ts";
export * from "./trace/index.ts";
export { historicalReader } from "./trie/historicalReader.ts";
export type {
  BlockExecutionReport,
  ContendedLocation,
  DeclaredList,
  ExecutedBlock,
  Executor,
  FootprintSource,
  Location,
  SkippedTransaction,
  StateAmendment,
  StateHead,
  TransactionExecution,
} from "./types.ts";
export * from "./witness/index.ts";
