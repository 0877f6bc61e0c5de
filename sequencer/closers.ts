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
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
