import { withDeadline } from "../infra/index.ts";

/** A part that cannot finish (its server died) must not keep the others from closing. */
const CLOSE_WITHIN_MS = 4_000;

/** What a role has opened, closed in reverse order, each once. */
export interface Closers {
  add(close: () => void | Promise<void>): void;
  /** Closes everything even when one part fails; then throws the first failure. */
  closeAll(): Promise<void>;
}

export function createClosers(): Closers {
  const closes: (() => void | Promise<void>)[] = [];
  return {
    add: (close) => closes.push(close),
    async closeAll() {
      const failures: unknown[] = [];
      for (let close = closes.pop(); close !== undefined; close = closes.pop()) {
        try {
          await withDeadline(Promise.resolve(close()), CLOSE_WITHIN_MS);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
