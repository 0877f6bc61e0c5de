import { mkdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { type ManagedProcess, parentDeathPrefix, startProcess, untilReady } from "./managedProcess.ts";
import { endLeftover } from "./pidFile.ts";
import { findRedis } from "./redisBinary.ts";
import { socketFolder } from "./socketFolder.ts";

export interface EmbeddedRedis {
  /** Absolute path of the unix socket: what ioredis takes as URL. */
  url: string;
  process: ManagedProcess;
}

/**
 * A Redis of our own on a unix socket, with an append-only file: what it acknowledged survives the death of the
 * process. It loads that file before it answers, so `start` may take a while on a large one.
 */
export async function startRedis(dataDir: string, onDownload?: () => void): Promise<EmbeddedRedis> {
  const folder = join(dataDir, "redis");
  for (const path of [folder, join(dataDir, "run"), join(dataDir, "logs")])
    mkdirSync(path, { recursive: true });
  const pidFile = join(dataDir, "run", "redis.pid");
  const logFile = join(dataDir, "logs", "redis.log");
  await endLeftover(pidFile, "SIGTERM", 10_000);
  const binary = await findRedis(onDownload);
  const socket = join(socketFolder(dataDir), "redis.sock");
  rmSync(socket, { force: true });
  const server = [
    binary.command,
    ...["--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"],
    ...["--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"],
    ...["--maxmemory-policy", "noeviction", "--daemonize", "no"],
  ];
  const [command, ...args] = [...parentDeathPrefix("SIGTERM"), ...server];
  const spec = {
    name: "Redis",
    command: command ?? binary.command,
    args,
    env: binary.env,
    logFile,
    pidFile,
    stopSignal: "SIGTERM",
    stopDeadlineMs: 10_000,
  } as const;
  const managed = await startProcess(spec);
  await untilReady(managed, spec, () => answersPing(socket), 60_000);
  return { url: socket, process: managed };
}

/** Inline PING: `+PONG` once the append-only file is loaded, `-LOADING` before. */
function answersPing(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once("error", () => done(false));
    socket.once("close", () => resolve(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => done(data.toString("latin1").startsWith("+PONG")));
  });
}
