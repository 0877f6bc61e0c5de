export { searchAccount } from "./addresses/searchAccount.ts";
export type {
  BatchDataKind,
  BatchPosting,
  BatchProofRecord,
  BatchRecord,
  BatchStatus,
  BatchStore,
  L1Place,
  SealedBatch,
} from "./batchTypes.ts";
export { ChainStoreError } from "./chainStoreError.ts";
export { createChainStore } from "./createChainStore.ts";
export { createL1Chain, type L1Chain } from "./l1Chain.ts";
export { NO_L1_POSITION } from "./l1Positions.ts";
export { limitError } from "./logs.ts";
export { chainMetadata, forgetChainMetadata, setChainMetadata } from "./metadata.ts";
export { forgetRequeued, type RequeuedTransaction, requeuedTransactions } from "./requeued.ts";
export { truncateAfter } from "./truncate.ts";
export type {
  AccountHistory,
  AccountQuery,
  ChainStore,
  L1BlockRecord,
  L1Message,
  L1Position,
  LogFilter,
  MinedLog,
  MinedReceipt,
  MinedTransaction,
} from "./types.ts";
