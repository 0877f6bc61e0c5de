import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { createSql } from "../postgres/createSql.ts";
import { EmbeddedError } from "./embeddedError.ts";
import { logTail, type ManagedProcess, startProcess, untilReady } from "./managedProcess.ts";
import { endLeftover } from "./pidFile.ts";
import { findPostgres, type PostgresBinary } from "./postgresBinary.ts";
import { socketFolder } from "./socketFolder.ts";
import { type Unprivileged, unprivileged } from "./unprivileged.ts";

const run = promisify(execFile);
/** Names the socket file only: the server listens on no network port. */
const PORT = 5432;

export interface EmbeddedPostgres {
  /** For createSql: the unix socket's folder is in the `host` parameter. */
  url: string;
  process: ManagedProcess;
}

/** A PostgreSQL of our own on a unix socket, with the database `braid`. Every commit is synced to disk. */
export async function startPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const cluster = resolve(dataDir, "postgres");
  for (const name of ["run", "logs"]) mkdirSync(join(dataDir, name), { recursive: true });
  const pidFile = join(dataDir, "run", "postgres.pid");
  // SIGINT is PostgreSQL's fast shutdown: clients are cut off, the data is checkpointed.
  await endLeftover(pidFile, "SIGINT", 30_000);
  const binary = findPostgres();
  const identity = unprivileged("SIGINT");
  await createCluster(binary, identity, cluster);
  const sockets = socketFolder(dataDir);
  identity.own(sockets);
  const managed = await startServer(binary, identity, { cluster, sockets, dataDir, pidFile });
  await createDatabase(urlOf(sockets, "postgres"));
  return { url: urlOf(sockets, "braid"), process: managed };
}

function urlOf(sockets: string, database: string): string {
  return `postgres://braid@localhost:${PORT}/${database}?host=${encodeURIComponent(sockets)}`;
}

/** initdb beside the final place, then a rename: a start that was killed half-way leaves no half cluster. */
async function createCluster(binary: PostgresBinary, identity: Unprivileged, cluster: string): Promise<void> {
  if (existsSync(join(cluster, "PG_VERSION"))) return;
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  identity.own(unfinished);
  const [command = binary.initdb, ...args] = [
    ...identity.prefix,
    binary.initdb,
    ...["-D", unfinished, "-U", "braid", "--auth=trust", "--no-locale", "-E", "UTF8", "--no-instructions"],
  ];
  try {
    await run(command, args, {
      ...(identity.uid === undefined ? {} : { uid: identity.uid }),
      ...(identity.gid === undefined ? {} : { gid: identity.gid }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedError(
      "POSTGRES_INIT_FAILED",
      `PostgreSQL could not create its data folder: ${reason}`,
      {
        cause,
        hint: "Choose a data folder that this user may write with --data, or set BRAID_DATABASE_URL.",
      },
    );
  }
  renameSync(unfinished, cluster);
}

interface Places {
  cluster: string;
  sockets: string;
  dataDir: string;
  pidFile: string;
}

/**
 * After a `kill -9` of an earlier server its last children may still hold the shared memory for a moment: the start
 * is tried again until they are gone.
 */
async function startServer(
  binary: PostgresBinary,
  identity: Unprivileged,
  places: Places,
): Promise<ManagedProcess> {
  const logFile = join(places.dataDir, "logs", "postgres.log");
  const [command = binary.postgres, ...args] = [
    ...identity.prefix,
    binary.postgres,
    ...["-D", places.cluster, "-k", places.sockets, "-p", String(PORT)],
    ...["-c", "listen_addresses=", "-c", "max_connections=100", "-c", "log_min_messages=warning"],
    ...["-c", "max_wal_size=2GB", "-c", "checkpoint_timeout=15min"],
  ];
  const spec = {
    name: "PostgreSQL",
    command,
    args,
    ...(identity.uid === undefined ? {} : { uid: identity.uid }),
    ...(identity.gid === undefined ? {} : { gid: identity.gid }),
    logFile,
    pidFile: places.pidFile,
    stopSignal: "SIGINT",
    stopDeadlineMs: 30_000,
  } as const;
  const deadline = Date.now() + 20_000;
  for (;;) {
    const managed = await startProcess(spec);
    try {
      await untilReady(managed, spec, () => answers(urlOf(places.sockets, "postgres")), 120_000);
      return managed;
    } catch (error) {
      const held = /still in use|lock file ".*" already exists/.test(logTail(logFile, 4));
      if (!held || Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const sql = await createSql(url, { max: 1, connectTimeout: 5 });
    await sql.end({ timeout: 1 });
    return true;
  } catch {
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  const sql = await createSql(url, { max: 1 });
  try {
    const found = await sql`select 1 from pg_database where datname = 'braid'`;
    if (found.length === 0) await sql`create database braid`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
