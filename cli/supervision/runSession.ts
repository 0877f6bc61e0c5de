import { onStopSignal } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { reportError } from "../terminal/reportError.ts";

/** Why a session ends without a failure: its user wants it, or all is done. */
class Interrupted extends BraidError {
  constructor() {
    super("INTERRUPTED", "interrupted");
  }
}

export interface Session {
  /** Aborts when the session is to end, also while it still starts. */
  signal: AbortSignal;
  /** Stopped at the end, last added first. */
  add(stop: () => Promise<void> | void): void;
  /** Something that the session stands on has died. */
  fail(error: BraidError): void;
  /** All that there was to do is done. */
  end(): void;
}

/**
 * Starts things one after the other, waits for a signal or a failure, and stops them in reverse order. Resolves with
 * the exit code: 0 when the user ended it. A second signal ends at once.
 */
export async function runSession(start: (session: Session) => Promise<void>): Promise<number> {
  const end = new AbortController();
  const stops: (() => Promise<void> | void)[] = [];
  let stopping = false;
  const removeHandlers = onStopSignal(
    () => end.abort(new Interrupted()),
    () => process.exit(130),
  );
  const session: Session = {
    signal: end.signal,
    add: (stop) => stops.push(stop),
    fail(error) {
      if (stopping || end.signal.aborted) return;
      end.abort(error);
    },
    end: () => end.abort(new Interrupted()),
  };
  let reason: unknown;
  try {
    await start(session);
    await aborted(end.signal);
  } catch (error) {
    reason = end.signal.aborted ? end.signal.reason : error;
  }
  if (!(reason instanceof Interrupted)) reportError(reason);
  stopping = true;
  let failed = !(reason instanceof Interrupted);
  for (const stop of stops.reverse()) {
    try {
      await stop();
    } catch (error) {
      failed = true;
      reportError(error);
    }
  }
  removeHandlers();
  return failed ? 1 : 0;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
