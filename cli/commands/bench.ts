import { availableParallelism, cpus } from "node:os";
import type { Command } from "commander";
import { integerOption } from "../integerOption.ts";
import { requireSourceCheckout } from "../requireSourceCheckout.ts";

const E2E_HELP = `
e2e starts Braid and Anvil in turn on this machine, pushes the same signed transfers over HTTP batches on several
connections, waits for every receipt, and prints transfers a second, latency and CPU by process. Nothing else should
run meanwhile.
`;

const RPC_HELP = `
rpc starts Braid and Anvil on this machine, gives both the same transactions in the same blocks (an ERC-20, 1,000
transfers in one block, a million logs), compares their answers, and reads from them in turn over kept-open
connections. It prints calls a second, latency of a request, and CPU of all the node's processes for one call.
`;

const EXECUTOR_HELP = `
executor runs whole blocks on stock EthereumJS, one transaction after the other, and on Braid's executor in one lane
and more: recovery, execution, validation and roots apart, medians with min and max. Both sides must agree on state
root, receipts root and gas in every run, else it ends with an error. Real mainnet blocks follow where
../shared/data/mainnet-blocks, or the folder that BRAID_TEST_SHARED_DATA names, holds them. Nothing else should run meanwhile.
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
    .addHelpText("after", E2E_HELP)
    .action(runE2e);
  bench
    .command("rpc")
    .description("reads over HTTP, Braid and Anvil side by side on the same chain data")
    .option("--logs <n>", "logs on the chain", integerOption(1000, 100_000_000), 1_000_000)
    .option("--rounds <n>", "rounds on each node that count", integerOption(1, 1000), 5)
    .option("--round-ms <n>", "milliseconds of a round", integerOption(10, 600_000), 1000)
    .option("--only <name>", "reads whose name holds it")
    .addHelpText("after", RPC_HELP)
    .action(runRpc);
  bench
    .command("executor")
    .description("blocks on stock EthereumJS and on the executor, by number of lanes")
    .option("--lanes <n>", "most lanes", integerOption(1, 64), Math.max(2, availableParallelism()))
    .option("--gas <n>", "gas of each block, about", integerOption(500_000, 1_000_000_000), 30_000_000)
    .option("--accounts <n>", "accounts that only fill the state", integerOption(0, 10_000_000), 10_000)
    .option("--repeat <n>", "timed runs of each block", integerOption(1, 1000), 5)
    .option("--warmups <n>", "runs of each block before them", integerOption(1, 1000), 1)
    .option("--only <name>", 'workloads whose name holds it; "mainnet" for the real blocks')
    .option("--cold-stock", "start stock with empty caches instead of warm ones", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXECUTOR_HELP)
    .action(runExecutor);
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

interface RpcFlags {
  logs: number;
  rounds: number;
  roundMs: number;
  only?: string;
}

async function runRpc(flags: RpcFlags): Promise<void> {
  requireSourceCheckout("braid bench");
  // biome-ignore lint/style/noRestrictedImports: the benchmarks cross rooms and live with the tests; only this command loads them.
  const benchmark = await import("../../test/benchmarks/rpc/index.ts");
  process.stderr.write(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores\n`);
  const report = await benchmark.runRpcBenchmark({
    ...flags,
    progress: (line) => process.stderr.write(`  ${line}\n`),
    onRow: (row) => process.stderr.write(`${benchmark.formatRow(row)}\n`),
  });
  process.stdout.write(`${benchmark.formatReport(report)}\n`);
}

interface ExecutorFlags {
  lanes: number;
  gas: number;
  accounts: number;
  repeat: number;
  warmups: number;
  only?: string;
  coldStock: boolean;
  json: boolean;
}

async function runExecutor({ json, ...options }: ExecutorFlags): Promise<void> {
  requireSourceCheckout("braid bench");
  // biome-ignore lint/style/noRestrictedImports: the benchmarks cross rooms and live with the tests; only this command loads them.
  const benchmark = await import("../../test/benchmarks/executor/index.ts");
  const print = (text: string) => json || process.stdout.write(`${text}\n`);
  print(`${benchmark.formatHead(benchmark.machine())}\n`);
  const report = await benchmark.runExecutorBenchmark({
    ...options,
    progress: (line) => process.stderr.write(`  ${line}\n`),
    onRow: (row) => print(benchmark.formatRow(row)),
  });
  print(benchmark.formatSummary(report));
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  if (json) process.stdout.write(`${JSON.stringify(report, plain, 2)}\n`);
}
