export { BatchChainError } from "./batchErrors.ts";
export type { Backlog, PosterStatus, SettledHeads } from "./createBatchPoster.ts";
export { type Posting, type PostingOptions, startPosting } from "./startPosting.ts";
