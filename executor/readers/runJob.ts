import { openDesk, type ReadStore } from "./openDesk.ts";
import { readJobs } from "./readJobs.ts";
import { TimeLimit } from "./timeLimit.ts";
import type { ReadJob, ReadJobName } from "./types.ts";

/** Runs one job on this thread and closes what it opened. `params` are those of the job: {@link Readers.run} saw to it. */
export async function runJob(
  store: ReadStore,
  name: ReadJobName,
  params: unknown,
  timeoutMs: number,
): Promise<unknown> {
  const { desk, close } = openDesk(store, new TimeLimit(timeoutMs));
  const job = readJobs[name] as ReadJob<unknown, unknown>;
  try {
    return await job(desk, params);
  } finally {
    close();
  }
}
