import { spawnSync } from "node:child_process";
import { chownSync } from "node:fs";
import { findExecutable } from "./findExecutable.ts";
import { parentDeathPrefix } from "./managedProcess.ts";

/** nobody: any number but 0 does. */
const UNPRIVILEGED_ID = 65534;

/** How to run a program that refuses root. */
export interface Unprivileged {
  /** Program and arguments to put in front. */
  prefix: string[];
  uid?: number;
  gid?: number;
  /** Hands a folder over to the identity that the program will have. */
  own(path: string): void;
}

/**
 * As root: a user namespace in which we are somebody else (files keep their owner), or, where the kernel forbids
 * that, another user id. Otherwise: as we are. `deathSignal` is sent when the parent dies.
 */
export function unprivileged(deathSignal: NodeJS.Signals): Unprivileged {
  const death = parentDeathPrefix(deathSignal);
  if (process.getuid?.() !== 0) return { prefix: death, own: () => undefined };
  const unshare = findExecutable(["unshare"]);
  const namespace = ["--user", `--map-user=${UNPRIVILEGED_ID}`, `--map-group=${UNPRIVILEGED_ID}`];
  if (unshare !== undefined && spawnSync(unshare, [...namespace, "true"]).status === 0) {
    // The signal is set inside: changing the identity would clear it.
    return { prefix: [unshare, ...namespace, "--", ...death], own: () => undefined };
  }
  return {
    prefix: death,
    uid: UNPRIVILEGED_ID,
    gid: UNPRIVILEGED_ID,
    own: (path) => chownSync(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID),
  };
}
