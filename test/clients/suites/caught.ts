import { expect } from "vitest";

/** What a promise was rejected with; a test that expects a rejection fails when there is none. */
export function caught(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    (value) => expect.unreachable(`it was answered: ${String(value)}`),
    (error: unknown) => error,
  );
}
