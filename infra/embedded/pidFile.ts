import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "./processIdentity.ts";

interface PidRecord {
  pid: number;
  identity: string;
}

/** Remembers a child beyond the life of its parent, so that the next run can end it. */
export function writePidFile(path: string, pid: number): void {
  const identity = processIdentity(pid);
  if (identity === undefined) return;
  writeFileSync(path, JSON.stringify({ pid, identity } satisfies PidRecord));
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Ends the process that an earlier, killed run left behind, if it is still the same one, and resolves when it is gone.
 * Returns whether there was one.
 */
export async function endLeftover(
  path: string,
  signal: NodeJS.Signals,
  deadlineMs: number,
): Promise<boolean> {
  const record = readPidFile(path);
  if (record === undefined) return false;
  const alive = () => processIdentity(record.pid) === record.identity;
  const found = alive();
  if (found) {
    sendSignal(record.pid, signal);
    if (!(await becomesFalse(alive, deadlineMs))) {
      sendSignal(record.pid, "SIGKILL");
      await becomesFalse(alive, 5000);
    }
  }
  removePidFile(path);
  return found;
}

function readPidFile(path: string): PidRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value) || !("identity" in value)) return undefined;
    const { pid, identity } = value;
    if (typeof pid !== "number" || typeof identity !== "string") return undefined;
    return { pid, identity };
  } catch {
    // Absent, or cut short by a crash while it was written: nothing to end.
    return undefined;
  }
}

/** False when the process was gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function becomesFalse(condition: () => boolean, deadlineMs: number): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  while (condition()) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
