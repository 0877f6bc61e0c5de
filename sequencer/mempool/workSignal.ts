/** Lets callers wait until there is work. Each leaves nothing behind on its signal, however it was woken. */
export class WorkSignal {
  readonly #hasWork: () => boolean;
  readonly #waiters = new Set<() => void>();

  constructor(hasWork: () => boolean) {
    this.#hasWork = hasWork;
  }

  wait(signal: AbortSignal): Promise<void> {
    if (this.#hasWork() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiters.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiters.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Wakes the waiters if there is work. */
  wake(): void {
    if (this.#hasWork()) this.wakeAll();
  }

  wakeAll(): void {
    for (const done of [...this.#waiters]) done();
  }
}
