import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const READY_WITHIN_MS = 60_000;

export interface BraidProcess {
  /** Pid of `braid up` itself. */
  pid: number;
  rpcUrl: string;
  l1Url: string;
  /** Everything that it printed so far. */
  output(): string;
  /** Resolves when `braid up` has ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Pid of the one process of this stack whose command line matches. */
  pidOf(pattern: RegExp): number;
  /** Ctrl-C. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface BraidProcessOptions {
  dataDir: string;
  l2Port: number;
  l1Port: number;
  flags?: string[];
}

/** Starts `./braid up` as a user would and waits for its `braid ready`. */
export async function startBraid(options: BraidProcessOptions): Promise<BraidProcess> {
  const args = [
    "up",
    "--data",
    options.dataDir,
    "--l2-port",
    `${options.l2Port}`,
    "--l1-port",
    `${options.l1Port}`,
  ];
  const child = spawn(path.join(REPOSITORY, "braid"), [...args, ...(options.flags ?? [])], {
    cwd: REPOSITORY,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  const output = () => chunks.join("");
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await untilReady(child, output);
  const pid = child.pid;
  if (pid === undefined) throw new TypeError("braid up has no pid");
  return {
    pid,
    rpcUrl: `http://127.0.0.1:${options.l2Port}`,
    l1Url: `http://127.0.0.1:${options.l1Port}`,
    output,
    ended,
    pidOf: (pattern) => onlyDescendant(pid, pattern),
    stop: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

function untilReady(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new TypeError(`${reason}; it printed:\n${output()}`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail("braid up was not ready in time");
    }, READY_WITHIN_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      fail("braid up ended before it was ready");
    });
    child.stdout?.on("data", () => {
      if (!output().includes("braid ready")) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

interface ProcessEntry {
  pid: number;
  parent: number;
  command: string;
}

function processes(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      entries.push({ pid: Number(name), parent, command });
    } catch (error) {
      // Ended between the listing and the read.
      if (
        (error as NodeJS.ErrnoException).code !== "ENOENT" &&
        (error as NodeJS.ErrnoException).code !== "ESRCH"
      )
        throw error;
    }
  }
  return entries;
}

/** The topmost descendant that matches: a server's own children match its pattern too. */
function onlyDescendant(root: number, pattern: RegExp): number {
  const all = processes();
  let level = [root];
  while (level.length > 0) {
    const next = all.filter((entry) => level.includes(entry.parent));
    const found = next.find((entry) => pattern.test(entry.command));
    if (found !== undefined) return found.pid;
    level = next.map((entry) => entry.pid);
  }
  throw new TypeError(`no process below ${root} matches ${pattern}`);
}
