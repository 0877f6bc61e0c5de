import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { untilAborted } from "../../infra/index.ts";
import { lastPoolEvent, type PoolEvent, readPoolEvents } from "./poolEvents.ts";

export interface PoolFollowerOptions {
  redis: Redis;
  /** A connection of its own: it waits inside XREAD. */
  follower: Redis;
  /** Takes the whole pool as it is now; events after the number that was the last before this call follow. */
  load(): Promise<void>;
  apply(events: PoolEvent[]): Promise<void>;
  onError(error: unknown): void;
}

const RETRY_MS = 100;

/**
 * Keeps a copy of the pool by its numbered events. Whenever it cannot be sure that it has seen every event in order (a
 * number is missing, the connection was lost, the numbers began anew, an event could not be applied) the copy is
 * loaded again. One loop does all of it, so that loading and applying never overlap.
 */
export class PoolFollower {
  readonly #options: PoolFollowerOptions;
  readonly #stopped = new AbortController();
  readonly #onReady = () => {
    this.#isStale = true;
  };
  readonly #onMoved = new Set<() => void>();
  #last = 0;
  #isStale = true;
  #running: Promise<void> = Promise.resolve();

  constructor(options: PoolFollowerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#load();
    // A server that came back may lack its last events: their numbers come again with other contents.
    this.#options.follower.on("ready", this.#onReady);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#moved();
    this.#options.follower.off("ready", this.#onReady);
    this.#options.follower.disconnect();
    await this.#running;
  }

  /** Resolves when every event that Redis has by now was applied, or loaded over. */
  async caughtUp(): Promise<void> {
    const newest = await lastPoolEvent(this.#options.redis);
    while (this.#last < newest && !this.#stopped.signal.aborted) {
      await new Promise<void>((resolve) => this.#onMoved.add(resolve));
    }
  }

  /** The copy is loaded again before anything more is applied. */
  markStale(): void {
    this.#isStale = true;
  }

  #moved(): void {
    for (const resolve of this.#onMoved) resolve();
    this.#onMoved.clear();
  }

  async #run(): Promise<void> {
    const { follower, apply, onError } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if (this.#isStale) await this.#load();
        const events = await untilAborted(readPoolEvents(follower, this.#last), signal);
        if (events.length === 0) {
          const newest = await untilAborted(lastPoolEvent(follower), signal);
          if (newest < this.#last) this.#isStale = true;
        }
        if (this.#isStale || this.#missesAny(events)) continue;
        await apply(events);
        this.#last = events.at(-1)?.number ?? this.#last;
        this.#moved();
      } catch (error) {
        this.#isStale = true;
        if (signal.aborted) return;
        onError(error);
        await pause(RETRY_MS, signal);
      }
    }
  }

  #missesAny(events: PoolEvent[]): boolean {
    const isGapless = events.every(({ number }, index) => number === this.#last + 1 + index);
    if (!isGapless) this.#isStale = true;
    return !isGapless;
  }

  async #load(): Promise<void> {
    this.#isStale = false;
    try {
      const last = await lastPoolEvent(this.#options.redis);
      await this.#options.load();
      this.#last = last;
      this.#moved();
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
