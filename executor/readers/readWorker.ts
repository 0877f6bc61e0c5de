import { parentPort, workerData } from "node:worker_threads";
import { InvariantError } from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import { toErrorMessage } from "./errorMessage.ts";
import type { ReadRequest, ReadResponse, ReadWorkerData } from "./readMessages.ts";
import { runJob } from "./runJob.ts";

/** A read thread: its own read-only handle on the state store. Jobs that pace themselves share it. */
function serve({ stateDirectory }: ReadWorkerData): void {
  const parent = parentPort;
  if (parent === null) throw new InvariantError("reads run in a worker thread");
  const store = StateStore.open(stateDirectory, { readOnly: true });
  const respond = (response: ReadResponse) => parent.postMessage(response);
  parent.on("message", ({ id, name, params, timeoutMs }: ReadRequest) => {
    runJob(store, name, params, timeoutMs)
      .then((result) => respond({ id, result }))
      .catch((error: unknown) => respond({ id, failure: toErrorMessage(error) }));
  });
  parent.postMessage("ready");
}

serve(workerData as ReadWorkerData);
