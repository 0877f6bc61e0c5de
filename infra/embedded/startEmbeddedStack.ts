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
  const started: ManagedProcess[] = [];
  const stop = async () => {
    for (const managed of [...started].reverse()) await managed.stop();
  };
  try {
    await endLeftovers(dataDir);
    const databaseUrl = await step(options, "PostgreSQL", options.databaseUrl, checkPostgres, async () => {
      const postgres = await startPostgres(dataDir);
      started.push(postgres.process);
      return postgres.url;
    });
    const redisUrl = await step(options, "Redis", options.redisUrl, checkRedis, async (note) => {
      const redis = await startRedis(dataDir, () => note("downloading redis-server (once)"));
      started.push(redis.process);
      return redis.url;
    });
    const l1Url = await step(options, "L1", options.l1Url, checkL1, async () => {
      const anvil = await startAnvil(dataDir, options.l1Port);
      started.push(anvil.process);
      return anvil.url;
    });
    return {
      redisUrl,
      databaseUrl,
      l1Url,
      stop,
      onUnexpectedExit(callback) {
        for (const managed of started) managed.onUnexpectedExit((reason) => callback(managed.name, reason));
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

async function step(
  options: EmbeddedStackOptions,
  name: string,
  given: string | undefined,
  check: (url: string) => Promise<void>,
  start: (note: (detail: string) => void) => Promise<string>,
): Promise<string> {
  const begin = performance.now();
  const tell = (state: StackStep["state"], detail: string) =>
    options.onStep?.({ name, state, detail, milliseconds: performance.now() - begin });
  tell("begun", "");
  if (given !== undefined) await check(given);
  const url = given ?? (await start((detail) => tell("note", detail)));
  tell("done", given === undefined ? "embedded" : "external");
  return url;
}
