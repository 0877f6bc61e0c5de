import { Redis } from "ioredis";
import { BraidError } from "../../protocol/index.ts";

/** Redis did not answer within the bounded connect time. A later try can succeed. */
export class RedisUnavailableError extends BraidError {
  constructor(url: string, cause: unknown) {
    super("REDIS_UNAVAILABLE", `no Redis answers at ${withoutPassword(url)}`, {
      retryable: true,
      cause,
      hint: "Start Redis there, correct BRAID_REDIS_URL, or unset it to let braid run its own.",
    });
  }
}

export interface CreateRedisOptions {
  /** Name shown by CLIENT LIST. */
  name?: string;
  /** Until the first connection must stand, in milliseconds. Default 5000. */
  connectTimeoutMs?: number;
  /** Blocking readers and BullMQ workers: commands wait for a reconnect for ever. */
  blocking?: boolean;
}

/**
 * A connected client. `url` is `redis://…`, `rediss://…`, `unix:///path` or the absolute path of a unix socket.
 * Replies arrive as RESP3 mapped to plain arrays, so that Lua scripts and streams read the same on every server.
 * After the first connection a lost server is retried for ever, with commands failing after 20 tries unless `blocking`.
 * Throws RedisUnavailableError.
 */
export async function createRedis(url: string, options: CreateRedisOptions = {}): Promise<Redis> {
  const client = new Redis(url.replace(/^unix:\/\//, ""), {
    lazyConnect: true,
    enableReadyCheck: true,
    connectionName: options.name,
    maxRetriesPerRequest: options.blocking ? null : 20,
    retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt, 7), 1000),
  });
  let lastError: unknown;
  client.on("error", (error) => {
    lastError = error;
  });
  const deadline = AbortSignal.timeout(options.connectTimeoutMs ?? 5000);
  try {
    await Promise.race([becomesReady(client), aborted(deadline)]);
    return client;
  } catch (error) {
    client.disconnect();
    throw new RedisUnavailableError(url, lastError ?? error);
  }
}

function becomesReady(client: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve());
    client.once("end", () => reject(new BraidError("REDIS_CLOSED", "the connection was closed")));
    // A failed first attempt is not final: the retry strategy goes on until the deadline.
    client.connect().catch(() => undefined);
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ":***@");
}
