import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endLeftover, removePidFile, writePidFile } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { roleMessage } from "./roleMessage.ts";

/** A role process could not start, or ended on its own. */
export class RoleError extends BraidError {}

export interface RoleProcess {
  name: string;
  info: Record<string, string>;
  stop(): Promise<void>;
  onUnexpectedExit(callback: (error: RoleError) => void): void;
}

/** Where a role's log goes: a file in the data folder, or the standard output of `braid` itself. */
export type RoleOutput = "file" | "inherit";

const STOP_DEADLINE_MS = 25_000;

/** Ends the role process that a killed earlier run left on this data folder. */
export async function endLeftoverRole(name: string, dataDir: string): Promise<void> {
  await endLeftover(join(dataDir, "run", `${name}.pid`), "SIGTERM", 10_000);
}

/**
 * Starts `braid <name>` as a child in a process group of its own, so that a terminal's Ctrl-C reaches only us and the
 * order of stopping is ours. Resolves when it says that it is ready.
 */
export async function spawnRole(
  name: string,
  dataDir: string,
  env: Record<string, string>,
  signal: AbortSignal,
  output: RoleOutput = "file",
): Promise<RoleProcess> {
  for (const folder of ["logs", "run"]) mkdirSync(join(dataDir, folder), { recursive: true });
  const logFile = join(dataDir, "logs", `${name}.log`);
  const pidFile = join(dataDir, "run", `${name}.pid`);
  const log = output === "file" ? openSync(logFile, "a", 0o600) : output;
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main, name], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log, "ipc"],
  });
  if (typeof log === "number") closeSync(log);
  if (child.pid !== undefined) writePidFile(pidFile, child.pid);
  const logPlace = output === "file" ? `Its log is in ${logFile}.` : "Its log is above.";
  const life = followChild(child, name, logPlace, () => removePidFile(pidFile));
  try {
    const info = await Promise.race([life.ready, interrupted(signal)]);
    return { name, info, stop: life.stop, onUnexpectedExit: life.onUnexpectedExit };
  } catch (error) {
    await life.stop();
    throw error;
  }
}

interface ChildLife extends Pick<RoleProcess, "stop" | "onUnexpectedExit"> {
  ready: Promise<Record<string, string>>;
}

function followChild(child: ChildProcess, name: string, logPlace: string, onExit: () => void): ChildLife {
  let asked = false;
  let fatal: RoleError | undefined;
  let ended: RoleError | undefined;
  let listener: ((error: RoleError) => void) | undefined;
  const ready = deferred<Record<string, string>>();
  const exited = deferred<void>();
  ready.promise.catch(() => undefined);
  child.on("message", (raw) => {
    const message = roleMessage.safeParse(raw).data;
    if (message?.type === "ready") ready.resolve(message.info);
    if (message?.type === "fatal") {
      const options = message.hint === undefined ? {} : { hint: message.hint };
      fatal = new RoleError(message.code, `the ${name} failed: ${message.message}`, options);
    }
  });
  const finish = (what: string) => {
    ended = fatal ?? new RoleError("ROLE_DIED", `the ${name} ${what}`, { hint: logPlace });
    onExit();
    exited.resolve();
    ready.reject(ended);
    if (!asked) listener?.(ended);
  };
  child.once("error", (error) => finish(`did not start: ${error.message}`));
  child.once("exit", (code, signal) => finish(`ended unexpectedly (${signal ?? `code ${code}`})`));
  return {
    ready: ready.promise,
    onUnexpectedExit(callback) {
      if (ended !== undefined && !asked) callback(ended);
      else listener = callback;
    },
    async stop() {
      asked = true;
      if (ended !== undefined) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
      await exited.promise;
      clearTimeout(timer);
    },
  };
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** Promise.withResolvers, which Node 20 lacks. */
function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
