import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedError } from "./embeddedError.ts";
import { findExecutable } from "./findExecutable.ts";
import { removePidFile, writePidFile } from "./pidFile.ts";

export interface ProcessSpec {
  /** As the user knows it: "Redis". */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  logFile: string;
  pidFile: string;
  /** What asks it to end in order. */
  stopSignal: NodeJS.Signals;
  stopDeadlineMs: number;
}

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves with a description ("code 1", "SIGKILL") when the process has ended, for whatever reason. */
  readonly exited: Promise<string>;
  /** Called once when it ends without having been asked to. */
  onUnexpectedExit(callback: (reason: string) => void): void;
  /** Asks, waits up to the deadline, then kills. Resolves when it is gone; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a process group of its own (a terminal's Ctrl-C must not reach it: the order of stopping is ours)
 * whose end on our death is asked of the kernel where that is possible. Its output goes to the log file.
 */
export async function startProcess(spec: ProcessSpec): Promise<ManagedProcess> {
  const child = await spawnLogged(spec);
  const pid = child.pid;
  if (pid === undefined) throw new EmbeddedError("EMBEDDED_SPAWN_FAILED", `${spec.name} did not start`);
  writePidFile(spec.pidFile, pid);
  let asked = false;
  let listeners: ((reason: string) => void)[] = [];
  let ended: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = signal ?? `code ${code}`;
      removePidFile(spec.pidFile);
      resolve(ended);
      if (!asked) for (const listener of listeners) listener(ended);
      listeners = [];
    });
  });
  return {
    name: spec.name,
    pid,
    exited,
    onUnexpectedExit(callback) {
      if (ended !== undefined && !asked) callback(ended);
      else listeners.push(callback);
    },
    async stop() {
      asked = true;
      if (ended !== undefined) return;
      child.kill(spec.stopSignal);
      const timer = setTimeout(() => child.kill("SIGKILL"), spec.stopDeadlineMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function spawnLogged(spec: ProcessSpec): Promise<ChildProcess> {
  const log = openSync(spec.logFile, "a", 0o600);
  return new Promise<ChildProcess>((resolve, reject) => {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ["ignore", log, log],
      env: spec.env ?? process.env,
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    child.once("spawn", () => resolve(child));
    child.once("error", (cause) =>
      reject(
        new EmbeddedError("EMBEDDED_SPAWN_FAILED", `${spec.name} did not start: ${cause.message}`, { cause }),
      ),
    );
  }).finally(() => closeSync(log));
}

/**
 * Polls `probe` until it is true. Throws EmbeddedError with the end of the log when the process ends first or the
 * deadline passes; the process is stopped then.
 */
export async function untilReady(
  managed: ManagedProcess,
  spec: Pick<ProcessSpec, "logFile">,
  probe: () => Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  let ended: string | undefined;
  managed.exited.then((reason) => {
    ended = reason;
  });
  for (;;) {
    if (await probe()) return;
    if (ended !== undefined) throw startFailed(managed.name, `ended with ${ended}`, spec.logFile);
    if (Date.now() > deadline) {
      await managed.stop();
      throw startFailed(managed.name, `did not answer within ${deadlineMs / 1000} s`, spec.logFile);
    }
    await delay(15);
  }
}

function startFailed(name: string, what: string, logFile: string): EmbeddedError {
  const tail = logTail(logFile, 5);
  return new EmbeddedError("EMBEDDED_START_FAILED", `${name} ${what}${tail === "" ? "" : `\n${tail}`}`, {
    hint: `The whole log is in ${logFile}.`,
  });
}

export function logTail(logFile: string, lines: number): string {
  try {
    return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}

/** Prefix that lets the kernel send `signal` when the parent dies, even by SIGKILL (prctl PR_SET_PDEATHSIG). */
export function parentDeathPrefix(signal: NodeJS.Signals): string[] {
  if (process.platform !== "linux") return [];
  const setpriv = findExecutable(["setpriv"]);
  return setpriv === undefined ? [] : [setpriv, "--pdeathsig", signal.replace(/^SIG/, ""), "--"];
}
