import { resolve } from "node:path";
import type { Command } from "commander";
import { onStopSignal } from "../../infra/index.ts";
import { BraidError, bytesToHex, type Hex } from "../../protocol/index.ts";
import type { ExportSource } from "../../verifier/index.ts";
import { addressOption } from "../addressOption.ts";
import { httpUrlOption } from "../httpUrlOption.ts";
import { integerOption } from "../integerOption.ts";
import { createSteps } from "../terminal/steps.ts";
import { throttled } from "../terminal/throttled.ts";

const HELP = `
Writes the chain in the formats of other Ethereum clients: blocks as \`geth export\` does, the genesis as geth reads it.
docs/export.md says what another engine has to do differently.

Blocks come from the folder of a verifier that keeps them (\`braid verify --archive\`), or from a running node. A genesis
from a node needs --l1 and --rollup, where it is published.

Examples:
  braid export --data braid-verifier --rlp chain.rlp --genesis genesis.json
  braid export --rpc http://127.0.0.1:9545 --rlp chain.rlp --to 10000
  braid export --rpc http://127.0.0.1:9545 --l1 http://127.0.0.1:8545 --rollup 0x… --genesis genesis.json
`;

interface ExportFlags {
  rlp?: string;
  genesis?: string;
  data?: string;
  rpc?: string;
  l1?: string;
  rollup?: Hex;
  to?: number;
  force?: boolean;
}

export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("writes blocks and genesis in the formats of other Ethereum clients")
    .option("--rlp <file>", "blocks from 1 on, concatenated RLP")
    .option("--genesis <file>", "block 0, in geth's format")
    .option("--data <folder>", "of a verifier that keeps an archive")
    .option("--rpc <url>", "of a running node", httpUrlOption)
    .option("--l1 <url>", "the L1, for a genesis with --rpc", httpUrlOption)
    .option("--rollup <address>", "the Rollup contract on L1, for a genesis with --rpc", addressOption)
    .option("--to <block>", "last block", integerOption(0, Number.MAX_SAFE_INTEGER))
    .option("--force", "replace files that exist")
    .addHelpText("after", HELP)
    .action(async (flags: ExportFlags) => {
      process.exitCode = await runExport(flags);
    });
}

async function runExport(flags: ExportFlags): Promise<number> {
  if (flags.rlp === undefined && flags.genesis === undefined) {
    throw usage("there is nothing to export", "Name a file with --rlp, --genesis, or both.");
  }
  const end = new AbortController();
  const removeHandlers = onStopSignal(
    () => end.abort(),
    () => process.exit(130),
  );
  const { source, close } = await openSource(flags, end.signal);
  try {
    await exportFiles(flags, source, end.signal);
    return 0;
  } catch (error) {
    if (!end.signal.aborted) throw error;
    process.stderr.write("interrupted: nothing was kept of the file that was being written\n");
    return 130;
  } finally {
    await close();
    removeHandlers();
  }
}

async function openSource(
  { data, rpc, l1, rollup }: ExportFlags,
  signal: AbortSignal,
): Promise<{ source: ExportSource; close(): Promise<void> }> {
  const { archiveSource, createArchive, rpcSource } = await import("../../verifier/index.ts");
  if (data !== undefined && rpc === undefined) {
    const archive = createArchive(resolve(data), { readOnly: true });
    return { source: archiveSource(archive), close: () => archive.close() };
  }
  if (rpc === undefined || data !== undefined) {
    throw usage("blocks come from one place", "Name either --data or --rpc.");
  }
  const deployment = l1 === undefined || rollup === undefined ? {} : { deployment: { l1Url: l1, rollup } };
  return { source: rpcSource({ url: rpc, signal, ...deployment }), close: async () => undefined };
}

const LIVE_PROGRESS_MS = 200;
const LOGGED_PROGRESS_MS = 10_000;

async function exportFiles(flags: ExportFlags, source: ExportSource, signal: AbortSignal): Promise<void> {
  const { exportBlocks, exportGenesis } = await import("../../verifier/index.ts");
  const force = flags.force ?? false;
  const steps = createSteps();
  if (flags.genesis !== undefined) {
    const file = resolve(flags.genesis);
    await steps.run("genesis", async () => exportGenesis(await source.genesis(), file, force));
    process.stdout.write(`exported genesis ${bytesToHex(await source.genesisHash())} to ${file}\n`);
  }
  if (flags.rlp === undefined) return;
  const file = resolve(flags.rlp);
  const begin = performance.now();
  steps.begin("blocks");
  const everyMs = process.stderr.isTTY === true ? LIVE_PROGRESS_MS : LOGGED_PROGRESS_MS;
  const exported = await exportBlocks({
    source,
    file,
    force,
    signal,
    onProgress: throttled(everyMs, ({ block, lastBlock, bytes }) => {
      const left = ((performance.now() - begin) / block) * (lastBlock - block);
      steps.note("blocks", `${block} of ${lastBlock}, ${bytes} bytes, ${Math.ceil(left / 1000)} s left`);
    }),
    ...(flags.to === undefined ? {} : { toBlock: flags.to }),
  });
  const { lastBlock, lastHash, bytes } = exported;
  steps.done("blocks", `${bytes} bytes`, performance.now() - begin);
  process.stdout.write(
    `exported blocks 1..${lastBlock}, last hash ${bytesToHex(lastHash)}, ${bytes} bytes to ${file}\n`,
  );
}

function usage(message: string, hint: string): BraidError {
  return new BraidError("EXPORT_USAGE", message, { hint });
}
