import { BraidError } from "../../protocol/index.ts";
import { withDeadline } from "./withDeadline.ts";

/** What a process has opened, closed in reverse order, each once. */
export interface Closers {
  add(close: () => void | Promise<void>): void;
  /** Closes everything even when one part fails or hangs; then throws what went wrong, if anything did. */
  closeAll(): Promise<void>;
}

/** Some parts did not close in order. The others are closed all the same. */
export class CloseFailedError extends BraidError {
  constructor(causes: unknown[]) {
    const reasons = causes.map((cause) => (cause instanceof Error ? cause.message : String(cause)));
    super("CLOSE_FAILED", `did not stop in order: ${reasons.join("; ")}`, { cause: causes[0] });
  }
}

/** A part that cannot finish (the server it talks to died) must not keep the others from closing. */
const CLOSE_WITHIN_MS = 4_000;

export function createClosers(closeWithinMs = CLOSE_WITHIN_MS): Closers {
  const closes: (() => void | Promise<void>)[] = [];
  return {
    add: (close) => closes.push(close),
    async closeAll() {
      const failures: unknown[] = [];
      for (let close = closes.pop(); close !== undefined; close = closes.pop()) {
        try {
          await withDeadline(Promise.resolve(close()), closeWithinMs);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new CloseFailedError(failures);
    },
  };
}
