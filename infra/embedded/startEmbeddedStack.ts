import { join, resolve } from "node:path";
import { createSql } from "../postgres/createSql.ts";
import { createRedis } from "../redis/createRedis.ts";
import { EmbeddedError } from "./embeddedError.ts";
import type { ManagedProcess } from "./managedProcess.ts";
import { endLeftover } from "./pidFile.ts";
import { answersChainId, startAnvil } from "./startAnvil.ts";
import { startPostgres } from "./startPostgres.ts";
import { startRedis } from "./startRedis.ts";

export interface EmbeddedStackOptions {
  dataDir: string;
  l1Port: number;
  /** Given: that L1 is used and no Anvil is started. The same for the two others. */
  l1Url?: string | undefined;
  redisUrl?: string | undefined;
  databaseUrl?: string | undefined;
  /** Told about each step as it begins, and again with its time when it is done. */
  onStep?: (step: StackStep) => void;
}

export interface StackStep {
  name: string;
  state: "begun" | "note" | "done";
  detail: string;
  milliseconds: number;
}

export interface EmbeddedStack {
  redisUrl: string;
  databaseUrl: string;
  l1Url: string;
  /** Stops what was started here: Anvil, Redis, PostgreSQL, in this order. Safe to call twice. */
  stop(): Promise<void>;
  /** Called when one of them ends without having been asked to. */
  onUnexpectedExit(callback: (name: string, reason: string) => void): void;
}

/**
 * Real PostgreSQL, Redis and Anvil of one data folder, each unless the caller names one of his own.
 * Whoever calls this holds the data folder's lock. When one cannot start, the others are stopped again.
 */
export async function startEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const dataDir = resolve(options.dataDir);
  const started: Partial<Record<"anvil" | "redis" | "postgres", ManagedProcess>> = {};
  const stop = async () => {
    for (const managed of [started.anvil, started.redis, started.postgres]) await managed?.stop();
  };
  try {
    await endLeftovers(dataDir);
    const step = createStep(options);
    // Those of the caller first: when one of them is away, nothing is started.
    await all([
      step.check("PostgreSQL", options.databaseUrl, checkPostgres),
      step.check("Redis", options.redisUrl, checkRedis),
      step.check("L1", options.l1Url, checkL1),
    ]);
    const [databaseUrl, redisUrl, l1Url] = await all([
      step.start("PostgreSQL", options.databaseUrl, async () => {
        const postgres = await startPostgres(dataDir);
        started.postgres = postgres.process;
        return postgres.url;
      }),
      step.start("Redis", options.redisUrl, async (note) => {
        const redis = await startRedis(dataDir, () => note("downloading redis-server (once)"));
        started.redis = redis.process;
        return redis.url;
      }),
      step.start("L1", options.l1Url, async () => {
        const anvil = await startAnvil(dataDir, options.l1Port);
        started.anvil = anvil.process;
        return anvil.url;
      }),
    ]);
    return {
      redisUrl,
      databaseUrl,
      l1Url,
      stop,
      onUnexpectedExit(callback) {
        for (const managed of Object.values(started)) {
          managed.onUnexpectedExit((reason) => callback(managed.name, reason));
        }
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends what a killed earlier run left behind on this data folder. Whoever calls this holds the folder's lock. */
export async function endLeftovers(dataDir: string): Promise<void> {
  const pidFile = (name: string) => join(resolve(dataDir), "run", `${name}.pid`);
  await Promise.all([
    endLeftover(pidFile("anvil"), "SIGTERM", 10_000),
    endLeftover(pidFile("redis"), "SIGTERM", 10_000),
    endLeftover(pidFile("postgres"), "SIGINT", 30_000),
  ]);
}

/** As Promise.all, but a failure is thrown when the others have settled too: then nothing starts any more. */
async function all<Values extends unknown[]>(
  promises: {
    [Index in keyof Values]: Promise<Values[Index]>;
  },
): Promise<Values> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function checkRedis(url: string): Promise<void> {
  const client = await createRedis(url);
  await client.quit();
}

async function checkPostgres(url: string): Promise<void> {
  const sql = await createSql(url, { max: 1 });
  await sql.end({ timeout: 1 });
}

async function checkL1(url: string): Promise<void> {
  if (await answersChainId(url)) return;
  throw new EmbeddedError("L1_UNAVAILABLE", `no L1 answers at ${url}`, {
    retryable: true,
    hint: "Start that L1 or correct --l1-url; without it braid runs an Anvil of its own.",
  });
}

/** Each server is either checked, where the caller names one, or started; both are told as one step. */
function createStep({ onStep }: EmbeddedStackOptions) {
  const run = async <T>(
    name: string,
    detail: string,
    work: (note: (detail: string) => void) => Promise<T>,
  ): Promise<T> => {
    const begin = performance.now();
    const tell = (state: StackStep["state"], told: string) =>
      onStep?.({ name, state, detail: told, milliseconds: performance.now() - begin });
    tell("begun", "");
    const result = await work((told) => tell("note", told));
    tell("done", detail);
    return result;
  };
  return {
    async check(
      name: string,
      given: string | undefined,
      work: (url: string) => Promise<void>,
    ): Promise<void> {
      if (given !== undefined) await run(name, "external", () => work(given));
    },
    async start(
      name: string,
      given: string | undefined,
      work: (note: (detail: string) => void) => Promise<string>,
    ): Promise<string> {
      return given ?? (await run(name, "embedded", work));
    },
  };
}
