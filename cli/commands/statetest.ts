import { createHash } from "node:crypto";
import type { Command } from "commander";
import type { StateTest, StateTestResult } from "../../executor/index.ts";
import { BraidError, bytesToHex } from "../../protocol/index.ts";
import { integerOption } from "../integerOption.ts";
import { endWithReader } from "../terminal/endWithReader.ts";

const HELP = `
The counterpart of geth's evm statetest, for tests as ethereum/execution-spec-tests publishes them: a file, a folder with
such files, or a .tar.gz of them. One line a test on standard output, with --json one object {name, pass, fork,
stateRoot, error}; the sum on standard error. Exits with 1 when a test fails, and writes it to a file for braid replay.
`;

const MAX_REPRODUCTIONS = 100;

interface StateTestFlags {
  fork?: string;
  lanes: number;
  json?: boolean;
  reproDir: string;
}

export function addStateTestCommand(program: Command): void {
  program
    .command("statetest")
    .description("runs official state tests through the executor")
    .argument("<source>", "file, folder or .tar.gz")
    .option("--fork <name>", "only the expectations of this fork, such as Osaka")
    .option("--lanes <n>", "2 or more: by way of a lane and validation", integerOption(1, 64), 1)
    .option("--json", "one JSON object a line")
    .option("--repro-dir <folder>", "where failed tests are written to", "braid-reproductions")
    .addHelpText("after", HELP)
    .action(runStateTests);
}

async function runStateTests(source: string, flags: StateTestFlags): Promise<void> {
  const { parseStateTests, StateTestRunner, STATE_TEST_FORKS, stateTestFiles } = await import(
    "../../executor/index.ts"
  );
  if (flags.fork !== undefined && !STATE_TEST_FORKS.includes(flags.fork)) {
    throw new BraidError("STATETEST_USAGE", `there is no fork "${flags.fork}"`, {
      hint: `One of ${STATE_TEST_FORKS.join(", ")}.`,
    });
  }
  endWithReader();
  const runner = new StateTestRunner(flags.lanes);
  const unknown = new Map<string, number>();
  let passed = 0;
  let failed = 0;
  for (const { name, bytes } of stateTestFiles(source)) {
    const { tests, unknownForks } = parseStateTests(bytes, name, flags.fork);
    for (const [fork, count] of unknownForks) unknown.set(fork, (unknown.get(fork) ?? 0) + count);
    for (const test of tests) {
      const result = await runner.run(test);
      process.stdout.write(`${flags.json === true ? jsonLine(result) : textLine(result)}\n`);
      if (result.pass) passed++;
      else if (failed++ < MAX_REPRODUCTIONS) await reproduce(test, result, flags.reproDir);
    }
  }
  for (const [fork, count] of unknown) process.stderr.write(`${count} left out: no rules for ${fork}\n`);
  process.stderr.write(`${passed} of ${passed + failed} tests passed\n`);
  if (passed + failed === 0) throw new BraidError("STATETEST_NONE", `no tests to run in ${source}`);
  if (failed > 0) process.exitCode = 1;
}

function jsonLine({ name, pass, fork, stateRoot, error }: StateTestResult): string {
  return JSON.stringify({
    name,
    pass,
    fork,
    stateRoot: bytesToHex(stateRoot),
    ...(error === undefined ? {} : { error }),
  });
}

function textLine({ name, pass, fork, error }: StateTestResult): string {
  return `${pass ? "pass" : "FAIL"} ${fork} ${name}${error === undefined ? "" : `: ${error}`}`;
}

async function reproduce(
  test: StateTest,
  { name, error = "" }: StateTestResult,
  folder: string,
): Promise<void> {
  const { stateTestReproduction, writeReproduction } = await import("../../executor/index.ts");
  const reproduction = stateTestReproduction(test, error);
  if (reproduction === undefined) return;
  const id = createHash("sha256").update(`${test.fork} ${name}`).digest("hex").slice(0, 16);
  const file = `${folder}/statetest-${id}.json`;
  writeReproduction(file, reproduction);
  process.stderr.write(`${name}: braid replay --repro ${file}\n`);
}
