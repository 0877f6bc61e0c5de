export {
  type BlockCandidatesOptions,
  createBlockCandidates,
  type PoolRejection,
} from "./createBlockCandidates.ts";
export { createMempool } from "./createMempool.ts";
export { createPendingTransactionFeed, type PendingTransactionFeed } from "./createPendingTransactionFeed.ts";
export { MempoolError } from "./mempoolError.ts";
export type { BlockCandidates, Mempool, MempoolLimits, MempoolStatus, SenderState } from "./types.ts";
