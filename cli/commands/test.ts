import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { findRedis } from "../../infra/index.ts";
import { requireSourceCheckout } from "../requireSourceCheckout.ts";
import { createSteps } from "../terminal/steps.ts";

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

export function addTestCommand(program: Command): void {
  program
    .command("test")
    .description("all tests, on servers of their own; arguments go to Vitest")
    .argument("[arguments...]", "files, -t NAME, --reporter …")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      process.exit(await runTests(args));
    });
}

/** Resolves with the exit code, after a last line `N passed, N failed` that any CI can read. */
async function runTests(args: string[]): Promise<number> {
  const root = requireSourceCheckout("braid test");
  const steps = createSteps();
  await findRedis(() => steps.note("Redis", "downloading redis-server (once)"));
  const folder = mkdtempSync(join(tmpdir(), "braid-report-"));
  const file = join(folder, "report.json");
  try {
    const code = await runVitest(root, [
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...args,
    ]);
    const { passed, failed } = readReport(file, code);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed > 0 ? 1 : code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(root: string, args: string[]): Promise<number> {
  const vitest = join(
    dirname(createRequire(join(root, "package.json")).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  // A node's settings in the caller's shell must not reach the tests: they bring servers and ports of their own.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("BRAID_") || name.startsWith("BRAID_TEST_"),
    ),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, ...args], { cwd: root, env, stdio: "inherit" });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on("SIGINT", forward);
    process.on("SIGTERM", forward);
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** A file that does not even load counts as one failure; so does a run that leaves no report. */
function readReport(file: string, code: number): { passed: number; failed: number } {
  try {
    const parsed = report.parse(JSON.parse(readFileSync(file, "utf8")));
    const unloadable = parsed.testResults.filter(
      (result) => result.status === "failed" && result.assertionResults.length === 0,
    );
    return { passed: parsed.numPassedTests, failed: parsed.numFailedTests + unloadable.length };
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1 };
  }
}
