import type { ErrorMessage } from "./errorMessage.ts";
import type { ReadJobName } from "./types.ts";

/** What a read thread is started with. */
export interface ReadWorkerData {
  stateDirectory: string;
}

/** To a read thread. Several may be under way at the same time. */
export interface ReadRequest {
  id: number;
  name: ReadJobName;
  params: unknown;
  timeoutMs: number;
}

/** From a read thread; the first message is `"ready"`. */
export type ReadResponse = { id: number; result: unknown } | { id: number; failure: ErrorMessage };
