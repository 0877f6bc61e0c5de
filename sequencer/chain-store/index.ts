export { ChainStoreError } from "./chainStoreError.ts";
export { createChainStore } from "./createChainStore.ts";
export type {
  BatchRecord,
  BatchStatus,
  ChainStore,
  LogFilter,
  MinedLog,
  MinedReceipt,
  MinedTransaction,
} from "./types.ts";
