export type { TracerChoice } from "./createTracer.ts";
export type { TraceBlockParams, TransactionTrace } from "./traceJobs.ts";
