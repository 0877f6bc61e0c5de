import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { BraidError } from "../../protocol/index.ts";

const run = promisify(execFile);
const MOST_OUTPUT = 64 * 1024 * 1024;

/** The binary of one of Foundry's npm packages, whose launcher needs an install script that never ran. */
function foundryBinary(tool: "cast" | "forge"): string {
  const name = `@foundry-rs/${tool}-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const path = join(folder, name, "bin", tool);
    if (existsSync(path)) return path;
  }
  throw new BraidError("FOUNDRY_NOT_INSTALLED", `${name} is not installed`, { hint: "Run npm ci." });
}

/** What the tool prints; rejects with its standard error in the message when it fails. */
export async function foundry(tool: "cast" | "forge", args: string[], cwd = process.cwd()): Promise<string> {
  const options = {
    cwd,
    maxBuffer: MOST_OUTPUT,
    env: { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: "1", NO_COLOR: "1", FOUNDRY_OFFLINE: "true" },
  };
  const { stdout } = await run(foundryBinary(tool), args, options);
  return stdout.trim();
}
