import { pendingJob } from "../pending/pendingJob.ts";
import { simulateBlocksJob } from "../simulate/blocks/simulateBlocksJob.ts";
import { callJob } from "../simulate/callJob.ts";
import { createAccessListJob } from "../simulate/createAccessList.ts";
import { estimateGasJob } from "../simulate/estimateGas.ts";
import { storageRangeJob } from "../trace/storageRangeJob.ts";
import { traceBlockJob, traceCallJob } from "../trace/traceJobs.ts";
import { proofJob } from "./proofJob.ts";

/** The jobs that read threads know, by name; one line each. Each is a `ReadJob`. */
export const readJobs = {
  call: callJob,
  createAccessList: createAccessListJob,
  estimateGas: estimateGasJob,
  proof: proofJob,
  simulateBlocks: simulateBlocksJob,
  storageRange: storageRangeJob,
  traceBlock: traceBlockJob,
  traceCall: traceCallJob,
  pending: pendingJob,
};

export type ReadJobs = typeof readJobs;
