export { BatchChainError, L1Error } from "./batchErrors.ts";
export type { BatchLog } from "./batchLog.ts";
export { type BatchPoster, type BatchPosterOptions, createBatchPoster } from "./createBatchPoster.ts";
export { type BatchSealer, type BatchSealerOptions, createBatchSealer } from "./createBatchSealer.ts";
export type { L1Options } from "./l1Rollup.ts";
