export type { AccountRecord, StateReader, StateSnapshot } from "./state/types.ts";
export type {
  BlockExecutionReport,
  ExecutedBlock,
  Executor,
  SkippedTransaction,
  StateHead,
  TransactionExecution,
} from "./types.ts";
