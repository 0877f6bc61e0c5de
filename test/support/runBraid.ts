import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export interface FinishedBraid {
  code: number | null;
  /** Standard output and standard error, as they came. */
  output: string;
  milliseconds: number;
}

/** Runs `./braid` to its end. Rejects, and kills it, when it goes on for longer than `withinMs`. */
export function runBraid(
  args: string[],
  options: { env?: Record<string, string>; withinMs: number },
): Promise<FinishedBraid> {
  const started = performance.now();
  const child = spawn(path.join(REPOSITORY, "braid"), args, {
    cwd: REPOSITORY,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGTERM");
      reject(new TypeError(`braid ${args.join(" ")} still ran after ${options.withinMs} ms:\n${output}`));
    }, options.withinMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output, milliseconds: performance.now() - started });
    });
  });
}
