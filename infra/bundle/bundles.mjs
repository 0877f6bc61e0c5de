// The bundles of a source checkout, each in a folder named after the key of its sources. A bundle is made aside and
// renamed, so that nobody sees a part of one, and never changed: a running process keeps what it started with.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { sourceKey } from "./sources.mjs";

const FOLDER = ".bundles";
/** Each process that runs a bundle leaves its number here while it lives. */
const USERS = "users";
const KEPT = 3;
const RECENT_MS = 10 * 60 * 1000;
const TRIES = 5;

/** The sources never stood still for as long as a build takes. */
export class SourcesChangeError extends Error {}

/** The bundle of the sources as they are now; undefined when it is not made. */
export function currentBundle(root) {
  const bundle = path.join(root, FOLDER, sourceKey(root));
  return isFolder(bundle) ? bundle : undefined;
}

/** The same, made when it is missing. `onBuild` is told before. */
export async function ensureBundle(root, onBuild = () => undefined) {
  const current = currentBundle(root);
  if (current !== undefined) return current;
  const folder = path.join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  const aside = mkdtempSync(path.join(folder, "unfinished-"));
  onBuild();
  try {
    const { buildBundle } = await import("./buildBundle.mjs");
    for (let tries = 0; tries < TRIES; tries++) {
      const key = sourceKey(root);
      await buildBundle(root, aside, { benchmarks: true });
      if (sourceKey(root) === key) return finish(folder, aside, key);
      // A source changed meanwhile: that bundle may hold both states.
      rmSync(aside, { recursive: true });
    }
    throw new SourcesChangeError();
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Says that this process runs from `bundle`, until it ends. */
export function useBundle(bundle) {
  const mark = path.join(bundle, USERS, String(process.pid));
  try {
    mkdirSync(path.dirname(mark), { recursive: true });
    writeFileSync(mark, "");
  } catch {
    // A checkout that cannot be written to: nobody removes a bundle there either.
    return;
  }
  process.once("exit", () => rmSync(mark, { force: true }));
}

function finish(folder, aside, key) {
  const bundle = path.join(folder, key);
  mkdirSync(path.join(aside, USERS));
  // A temporary folder is its maker's alone.
  chmodSync(aside, 0o755);
  try {
    renameSync(aside, bundle);
  } catch (error) {
    // Another start made the same one meanwhile.
    if (!isFolder(bundle)) throw error;
  }
  prune(folder, bundle);
  return bundle;
}

/** Removes bundles that no process runs from and nobody used for a while; the last few stay. */
function prune(folder, current) {
  const others = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((bundle) => bundle !== current)
    .map((bundle) => ({ bundle, usedAt: lastUse(bundle) }))
    .sort((a, b) => b.usedAt - a.usedAt);
  for (const { bundle, usedAt } of others.slice(KEPT)) {
    if (Date.now() - usedAt < RECENT_MS || isUsed(bundle)) continue;
    rmSync(bundle, { recursive: true, force: true });
  }
}

function lastUse(bundle) {
  const users = statSync(path.join(bundle, USERS), { throwIfNoEntry: false });
  return (users ?? statSync(bundle, { throwIfNoEntry: false }))?.mtimeMs ?? 0;
}

function isUsed(bundle) {
  const users = path.join(bundle, USERS);
  return isFolder(users) && readdirSync(users).some((name) => isAlive(Number(name)));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function isFolder(place) {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
