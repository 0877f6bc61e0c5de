export { accountsOfBlock } from "./addresses/accountsOfBlock.ts";
export { searchAccount } from "./addresses/searchAccount.ts";
export { ChainStoreError } from "./chainStoreError.ts";
export { createChainStore } from "./createChainStore.ts";
export { chainMetadata, setChainMetadata } from "./metadata.ts";
export { truncateAfter } from "./truncate.ts";
export type {
  AccountHistory,
  AccountQuery,
  BatchRecord,
  BatchStatus,
  ChainStore,
  LogFilter,
  MinedLog,
  MinedReceipt,
  MinedTransaction,
} from "./types.ts";
