import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EmbeddedError } from "./embeddedError.ts";
import { findExecutable, isExecutable } from "./findExecutable.ts";

const run = promisify(execFile);

export interface RedisBinary {
  command: string;
  env: NodeJS.ProcessEnv;
}

/** What redis-server needs beyond libc on Debian and Ubuntu; names that a release does not have are left out. */
const DEBIAN_PACKAGES = [
  "redis-server",
  "redis-tools",
  "libjemalloc2",
  "liblua5.1-0",
  "lua-bitop",
  "lua-cjson",
  "liblzf1",
  "libatomic1",
];

/** PATH, then an earlier download, then a download of the distribution's own packages without root. */
export async function findRedis(onDownload?: () => void): Promise<RedisBinary> {
  const onPath = findExecutable(["redis-server", "valkey-server"]);
  if (onPath !== undefined) return { command: onPath, env: process.env };
  const folder = join(cacheFolder(), "redis");
  const cached = unpackedRedis(folder);
  if (cached !== undefined) return cached;
  onDownload?.();
  return await downloadRedis(folder);
}

function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "braid");
}

function unpackedRedis(folder: string): RedisBinary | undefined {
  const command = join(folder, "usr", "bin", "redis-server");
  // redis-server is a link to redis-check-rdb of redis-tools: both must be there.
  if (!isExecutable(command)) return undefined;
  const libraries = ["usr/lib", "lib"].flatMap((base) => {
    const path = join(folder, base);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.includes("-linux-"))
      .map((name) => join(path, name));
  });
  const inherited = process.env["LD_LIBRARY_PATH"];
  const path = inherited === undefined ? libraries : [...libraries, inherited];
  return { command, env: { ...process.env, LD_LIBRARY_PATH: path.join(":") } };
}

/** Unpacks beside the final place and renames, so that two first starts at once cannot see half of it. */
async function downloadRedis(folder: string): Promise<RedisBinary> {
  if (findExecutable(["apt-get"]) === undefined || findExecutable(["dpkg"]) === undefined) {
    throw redisMissing(undefined);
  }
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), "redis-download-"));
  try {
    const packages = join(work, "packages");
    const root = join(work, "root");
    mkdirSync(packages);
    mkdirSync(root);
    await downloadPackages(packages, join(work, "apt"));
    for (const name of readdirSync(packages)) await run("dpkg", ["-x", join(packages, name), root]);
    const unpacked = unpackedRedis(root);
    if (unpacked === undefined) throw redisMissing(undefined);
    await run(unpacked.command, ["--version"], { env: unpacked.env });
    renameUnlessThere(root, folder);
  } catch (cause) {
    throw cause instanceof EmbeddedError ? cause : redisMissing(cause);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const installed = unpackedRedis(folder);
  if (installed === undefined) throw redisMissing(undefined);
  return installed;
}

async function downloadPackages(packages: string, privateLists: string): Promise<void> {
  try {
    await downloadWith([], packages);
  } catch {
    // No package lists here, or stale ones: fetch lists into a folder of our own, which needs no root.
    mkdirSync(join(privateLists, "lists", "partial"), { recursive: true });
    mkdirSync(join(privateLists, "cache", "archives", "partial"), { recursive: true });
    const own = [
      ...["-o", `Dir::State::lists=${join(privateLists, "lists")}`],
      ...["-o", `Dir::Cache=${join(privateLists, "cache")}`],
      ...["-o", "Debug::NoLocking=1"],
    ];
    await run("apt-get", [...own, "update"], { cwd: tmpdir() });
    await downloadWith(own, packages);
  }
}

async function downloadWith(options: string[], packages: string): Promise<void> {
  const known = await run("apt-cache", [...options, "show", "--no-all-versions", ...DEBIAN_PACKAGES], {
    maxBuffer: 1 << 24,
  }).catch(() => ({ stdout: "" }));
  const names = DEBIAN_PACKAGES.filter((name) => new RegExp(`^Package: ${name}$`, "m").test(known.stdout));
  const wanted = names.includes("redis-server") ? names : DEBIAN_PACKAGES;
  await run("apt-get", [...options, "download", ...wanted], { cwd: packages });
}

function renameUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (unpackedRedis(to) === undefined) throw cause;
  }
}

function redisMissing(cause: unknown): EmbeddedError {
  const command =
    process.platform === "darwin" ? "brew install redis" : "sudo apt-get install -y redis-server";
  return new EmbeddedError("REDIS_NOT_FOUND", "no Redis: neither redis-server nor valkey-server is on PATH", {
    cause,
    hint:
      `Run: ${command}\n` +
      "or:  docker run -d -p 6379:6379 redis:7.4 && BRAID_REDIS_URL=redis://127.0.0.1:6379 ./braid up",
  });
}
