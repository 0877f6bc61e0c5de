import { availableParallelism, cpus } from "node:os";
import type { Command } from "commander";
import { integerOption } from "../integerOption.ts";
import { requireSourceCheckout } from "../requireSourceCheckout.ts";

const HELP = `
e2e starts Braid and Anvil in turn on this machine, pushes the same signed transfers over HTTP batches on several
connections, waits for every receipt, and prints transfers a second, latency and CPU by process. Nothing else should
run meanwhile.
`;

export function addBenchCommand(program: Command): void {
  const bench = program.command("bench").description("measures this machine");
  bench
    .command("e2e")
    .description("transfers end to end, Braid and Anvil in turn")
    .option("--accounts <n>", "senders, each with a nonce chain of its own", integerOption(1, 100_000), 1000)
    .option("--transfers <n>", "transfers of each account at full speed", integerOption(1, 10_000), 50)
    .option("--connections <n>", "HTTP connections", integerOption(1, 256), 8)
    .option("--batch <n>", "transfers in one JSON-RPC batch", integerOption(1, 1000), 100)
    .option("--only <node>", "braid or anvil")
    .addHelpText("after", HELP)
    .action(runE2e);
}

interface E2eFlags {
  accounts: number;
  transfers: number;
  connections: number;
  batch: number;
  only?: string;
}

async function runE2e(flags: E2eFlags): Promise<void> {
  requireSourceCheckout("braid bench");
  // biome-ignore lint/style/noRestrictedImports: the benchmarks cross rooms and live with the tests; only this command loads them.
  const { formatReport, runEndToEndBenchmark } = await import("../../test/benchmarks/e2e/index.ts");
  process.stderr.write(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores\n`);
  const nodes = (["braid", "anvil"] as const).filter(
    (node) => flags.only === undefined || flags.only === node,
  );
  const report = await runEndToEndBenchmark({
    nodes,
    accounts: flags.accounts,
    transfersPerAccount: flags.transfers,
    connections: flags.connections,
    batchSize: flags.batch,
    progress: (line) => process.stderr.write(`  ${line}\n`),
  });
  process.stdout.write(`${formatReport(report)}\n`);
}
