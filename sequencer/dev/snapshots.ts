export interface Snapshot {
  /** Number of the block that was the head. */
  block: number;
  /** What the chain's clock showed, in seconds. */
  time: number;
}

/** Places to go back to, by number; numbers count up and are never used twice. Lives as long as the process. */
export class Snapshots {
  readonly #taken = new Map<number, Snapshot>();
  #next = 0;

  /** Returns its number as a quantity. */
  take(snapshot: Snapshot): string {
    const id = this.#next++;
    this.#taken.set(id, snapshot);
    return `0x${id.toString(16)}`;
  }

  /** That snapshot, which is used up with all that were taken after it. */
  use(id: number): Snapshot | undefined {
    const snapshot = this.#taken.get(id);
    if (snapshot === undefined) return undefined;
    for (const one of [...this.#taken.keys()]) if (one >= id) this.#taken.delete(one);
    return snapshot;
  }

  /** The blocks after that one are gone. */
  forgetAfter(block: number): void {
    for (const [id, snapshot] of [...this.#taken]) if (snapshot.block > block) this.#taken.delete(id);
  }

  clear(): void {
    this.#taken.clear();
  }
}
