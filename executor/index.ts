export { createExecutor, type ExecutorOptions, type ShadowDifference } from "./createExecutor.ts";
export * from "./replay/index.ts";
export {
  type AccessListResult,
  type BlockEnvironment,
  type CallRequest,
  type CallResult,
  createSimulator,
  ExecutionRevertedError,
  SimulationError,
  type Simulator,
  type SimulatorConfig,
} from "./simulate/index.ts";
export { StateStore } from "./state/stateStore.ts";
export type { AccountRecord, StateReader, StateSnapshot } from "./state/types.ts";
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
  StateHead,
  TransactionExecution,
} from "./types.ts";
