import { BraidError } from "../../protocol/index.ts";
import type { ReadStore } from "./openDesk.ts";
import { runJob } from "./runJob.ts";
import type { Readers, ReadJobName, ReadOptions, ReadParams, ReadResult } from "./types.ts";

/** Readers without threads, for tests and small tools: jobs run where they are asked for. The store stays the caller's. */
export function inlineReaders(store: ReadStore): Readers {
  let closed = false;
  return {
    async run<Name extends ReadJobName>(name: Name, params: ReadParams<Name>, { timeoutMs }: ReadOptions) {
      if (closed) throw new ReadersClosedError();
      return (await runJob(store, name, params, timeoutMs)) as ReadResult<Name>;
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}

export class ReadersClosedError extends BraidError {
  constructor() {
    super("READERS_CLOSED", "the node is stopping", { retryable: true });
  }
}
