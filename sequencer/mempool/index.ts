export { contentBySender } from "./contentBySender.ts";
export {
  type BlockCandidatesOptions,
  createBlockCandidates,
  type PoolRejection,
} from "./createBlockCandidates.ts";
export { createMempool } from "./createMempool.ts";
export { createPendingTransactionFeed, type PendingTransactionFeed } from "./createPendingTransactionFeed.ts";
export { createPoolView, type PoolMoment, type PoolView, type PoolViewOptions } from "./createPoolView.ts";
export { divideByGap } from "./divideByGap.ts";
export { MempoolError } from "./mempoolError.ts";
export type { KnownAccount, TransactionCondition } from "./transactionCondition.ts";
export { transactionCost } from "./transactionCost.ts";
export type {
  BlockCandidates,
  Mempool,
  MempoolLimits,
  MempoolStatus,
  SenderContent,
  SenderState,
} from "./types.ts";
