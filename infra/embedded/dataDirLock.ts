import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BraidError } from "../../protocol/index.ts";
import { processIdentity } from "./processIdentity.ts";

interface Holder {
  pid: number;
  identity: string;
  since: string;
}

/** Somebody runs on this data folder already. */
export class DataDirLockedError extends BraidError {
  constructor(dataDir: string, holder: { pid: number; since: string }) {
    super(
      "DATA_DIR_LOCKED",
      `${dataDir} is in use by braid, process ${holder.pid}, running since ${holder.since}`,
      { hint: `Stop it (kill ${holder.pid}), or run on another folder with --data.` },
    );
  }
}

export interface DataDirLock {
  release(): void;
}

/**
 * At most one node on a data folder. The lock is a file that names its holder; it is made by `link`, which succeeds
 * for one of many. A lock whose holder is dead (also after a reboot: start times differ) is taken over.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const folder = join(resolve(dataDir), "run");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, "braid.lock");
  const own = join(folder, `braid.lock.${process.pid}`);
  const holder: Holder = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? "",
    since: new Date().toISOString(),
  };
  writeFileSync(own, JSON.stringify(holder));
  try {
    for (;;) {
      if (linked(own, lock)) return { release: () => rmSync(lock, { force: true }) };
      const other = readHolder(lock);
      if (other !== undefined && isAlive(other)) throw new DataDirLockedError(resolve(dataDir), other);
      removeStale(lock, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw new BraidError("DATA_DIR_UNUSABLE", `the data folder cannot be locked at ${to}`, {
      cause,
      hint: "Choose a folder on a local file system that this user may write, with --data.",
    });
  }
}

/** Between our look and our removal another starter may have taken over: what we moved away is looked at again. */
function removeStale(lock: string, aside: string): void {
  try {
    renameSync(lock, aside);
  } catch {
    // Somebody else removed it: the next try decides.
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && isAlive(moved)) linked(aside, lock);
  rmSync(aside, { force: true });
}

function isAlive(holder: Holder): boolean {
  return processIdentity(holder.pid) === holder.identity;
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value) || !("identity" in value) || !("since" in value)) return undefined;
    const { pid, identity, since } = value;
    if (typeof pid !== "number" || typeof identity !== "string" || typeof since !== "string")
      return undefined;
    return { pid, identity, since };
  } catch {
    // Gone in the meantime, or not ours.
    return undefined;
  }
}
