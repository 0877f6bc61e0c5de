export type { PendingParams, PendingResult } from "./pendingJob.ts";
