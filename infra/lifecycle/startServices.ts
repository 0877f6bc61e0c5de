import { BraidError } from "../../protocol/index.ts";

/** A long-lived part of a process. */
export interface Service {
  name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningServices {
  /** Stops all in reverse order. Never rejects: a failed stop is reported and the next one follows. */
  stop(): Promise<void>;
}

export interface ServicesOptions {
  /** For each stop, in milliseconds. Default 10 s. */
  stopDeadlineMs?: number;
  onStopFailed?: (error: StopFailedError) => void;
}

/** A service did not stop in order. The others are stopped all the same. */
export class StopFailedError extends BraidError {
  constructor(service: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super("STOP_FAILED", `${service} did not stop in order: ${reason}`, { cause });
  }
}

/** Starts one after the other; when one fails, those before it are stopped again and its error is thrown. */
export async function startServices(
  services: Service[],
  options: ServicesOptions = {},
): Promise<RunningServices> {
  const started: Service[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopInReverse(started, options);
    return stopping;
  };
  for (const service of services) {
    try {
      await service.start();
      started.push(service);
    } catch (error) {
      await stop();
      throw error;
    }
  }
  return { stop };
}

async function stopInReverse(started: Service[], options: ServicesOptions): Promise<void> {
  for (const service of [...started].reverse()) {
    try {
      await withDeadline(service.stop(), options.stopDeadlineMs ?? 10_000);
    } catch (cause) {
      options.onStopFailed?.(new StopFailedError(service.name, cause));
    }
  }
}

/** Rejects with code DEADLINE_PASSED when `work` takes longer; the work itself is not interrupted. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new BraidError("DEADLINE_PASSED", `not done within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
