/** Opens a published package in a folder of its own, without installing it. Only the build of the preinstalls uses it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BraidError } from "../../protocol/index.ts";

/** `spec`: name@version. Answers a reader of the package's files. npm checks the archive against its integrity hash. */
export function openNpmPackage(spec: string): (file: string) => Buffer {
  const folder = mkdtempSync(join(tmpdir(), "braid-preinstall-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    const answer = execFileSync("npm", ["pack", spec, "--pack-destination", folder], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const archive = join(folder, answer.trim().split("\n").at(-1) ?? "");
    const opened = join(folder, "opened");
    mkdirSync(opened);
    execFileSync("tar", ["-xzf", archive, "-C", opened, "--strip-components=1"]);
    return (file) => readFileSync(join(opened, file));
  } catch (cause) {
    throw new BraidError("PREINSTALL_SOURCE_MISSING", `${spec} cannot be had`, {
      cause,
      retryable: true,
      hint: "The build of the preinstalls needs the npm registry and tar.",
    });
  }
}
