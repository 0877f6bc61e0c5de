import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { ReplayInput } from "../../executor/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { integerOption } from "../integerOption.ts";
import { endWithReader } from "../terminal/endWithReader.ts";

const HELP = `
The block is the answer of eth_getBlockByNumber with full transactions, the pre-state an alloc as geth's prestateTracer
gives it: address to {balance, nonce, code, storage}. It runs as it is: no system calls, withdrawals or rewards. Senders
are recovered from the signatures. Footprints (one EIP-2930 list a transaction) help the plan and change no result.

Prints what came out in one lane and in several, and exits with 1 when gas or receipts root are not the header's or the
lanes differ from one lane; a difference is also written to a file, for --repro. All files may be gzipped (.gz).
`;

interface ReplayFlags {
  block?: string;
  prestate?: string;
  blockhashes?: string;
  footprints?: string;
  hardfork?: string;
  chainId?: number;
  repro?: string;
  reproDir: string;
  lanes: number;
  repeat: number;
  transactions?: boolean;
  json?: boolean;
}

export function addReplayCommand(program: Command): void {
  program
    .command("replay")
    .description("runs a block on a given pre-state, in one lane and in several")
    .option("--block <file>", "the block, JSON")
    .option("--prestate <file>", "all state that it touches, JSON")
    .option("--blockhashes <file>", "number to hash, for BLOCKHASH, JSON")
    .option("--footprints <file>", "what each transaction touches, JSON")
    .option("--hardfork <name>", "its rules; by default mainnet's for that block, Osaka on other chains")
    .option(
      "--chain-id <id>",
      "by default what the transactions are signed for",
      integerOption(0, Number.MAX_SAFE_INTEGER),
    )
    .option("--repro <file>", "a reproduction file, instead of the files above")
    .option("--repro-dir <folder>", "where a difference is written to", "braid-reproductions")
    .option(
      "--lanes <n>",
      "lanes beside the run in one lane; 1: no other run",
      integerOption(1, 64),
      defaultLanes(),
    )
    .option(
      "--repeat <n>",
      "runs for each; the fastest is shown, all are compared",
      integerOption(1, 1000),
      1,
    )
    .option("--transactions", "also list status, gas and logs hash of each transaction")
    .option("--json", "one JSON object, transactions included")
    .addHelpText("after", HELP)
    .action(runReplay);
}

/** More lanes than cores only wait for each other; fewer than two show nothing. */
function defaultLanes(): number {
  return Math.max(2, Math.min(8, availableParallelism()));
}

async function runReplay(flags: ReplayFlags): Promise<void> {
  const executor = await import("../../executor/index.ts");
  const { formatReplay, replayToJson } = await import("../terminal/replayReport.ts");
  const input = await readInput(flags);
  endWithReader();
  const result = await executor.replayBlock(input, { lanes: flags.lanes, repeat: flags.repeat });
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(replayToJson(result))}\n`
      : formatReplay(result, flags.transactions === true),
  );
  if (result.differences.length === 0) return;
  process.exitCode = 1;
  if (flags.repro !== undefined) return;
  const file = `${flags.reproDir}/block-${input.environment.number}-${Date.now()}.json.gz`;
  const reason = result.differences.join("; ");
  executor.writeReproduction(file, { ...input, reason, results: input.header });
  process.stderr.write(`braid replay --repro ${file}\n`);
}

async function readInput(flags: ReplayFlags): Promise<ReplayInput> {
  const { readReplayFiles, readReproduction } = await import("../../executor/index.ts");
  const { block, prestate, repro, blockhashes, footprints, hardfork, chainId } = flags;
  if (repro !== undefined) {
    const given = { block, prestate, blockhashes, footprints, hardfork, "chain-id": chainId };
    const other = Object.entries(given).find(([, value]) => value !== undefined);
    if (other !== undefined) throw usage(`--repro brings all it needs: leave out --${other[0]}`);
    return readReproduction(repro);
  }
  if (block === undefined || prestate === undefined)
    throw usage("--block and --prestate are needed, or --repro");
  return readReplayFiles({ block, prestate, blockhashes, footprints, hardfork, chainId });
}

function usage(message: string): BraidError {
  return new BraidError("REPLAY_USAGE", message, { hint: "braid replay --help explains the files." });
}
