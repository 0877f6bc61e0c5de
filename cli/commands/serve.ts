import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { createLogger } from "../../infra/index.ts";
import { addConfigFlags, configOf, givenFlags } from "../configFlags.ts";
import { runSession, type Session } from "../supervision/runSession.ts";
import { createSteps } from "../terminal/steps.ts";
import { throttled } from "../terminal/throttled.ts";

const PROGRESS_MS = 200;

const HELP = `
The genesis is geth's genesis.json; the chain is the concatenated RLP of its blocks, as \`geth export\` writes it. Every
block runs under the rules of its time and must have the roots that its header names. Needs neither Redis nor
PostgreSQL. Transactions that are sent are held and shown, and never mined.

Examples:
  braid serve --genesis genesis.json --chain chain.rlp
  braid serve --genesis genesis.json --chain chain.rlp --l2-port 8545 --data /var/tmp/chain
`;

interface ServeFlags {
  genesis: string;
  chain: string;
}

export function addServeCommand(program: Command): void {
  const command = program
    .command("serve")
    .description("imports an Ethereum chain from files and serves the JSON-RPC over it")
    .requiredOption("--genesis <file>", "its genesis, in geth's format")
    .requiredOption("--chain <file>", "its blocks, concatenated RLP");
  addConfigFlags(command, ["dataDir", "l2Host", "l2Port", "logLevel", "logFormat"]);
  command.addHelpText("after", HELP);
  command.action(async () => {
    process.exit(await runServe(command));
  });
}

async function runServe(command: Command): Promise<number> {
  const { genesis, chain } = command.opts<ServeFlags>();
  const config = configOf(command);
  const { startEthereumChain } = await import("../../sequencer/index.ts");
  return await runSession(async (session) => {
    const dataDir = await dataFolder(session, givenFlags(command).dataDir);
    const logger = createLogger({ level: config.logLevel, format: config.logFormat, name: "serve" });
    const steps = createSteps();
    const begin = performance.now();
    steps.begin("import");
    const running = await startEthereumChain({
      files: { genesis, chain },
      dataDir,
      config,
      logger,
      signal: session.signal,
      onProgress: throttled(PROGRESS_MS, ({ block, bytes, totalBytes }) => {
        if (process.stderr.isTTY === true) {
          steps.note("import", `block ${block}, ${Math.floor((100 * bytes) / totalBytes)} %`);
        }
      }),
    });
    session.add(() => running.stop());
    const { rpcUrl, chainId, head } = running.info;
    steps.done("import", `${head} blocks`, performance.now() - begin);
    process.stdout.write(`braid serve ready  ${rpcUrl}  chain id ${chainId}  head ${head}\n`);
  });
}

/** The one that was named, or a fresh one that goes with the session. */
async function dataFolder(session: Session, given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given);
  const folder = await mkdtemp(join(tmpdir(), "braid-serve-"));
  session.add(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
