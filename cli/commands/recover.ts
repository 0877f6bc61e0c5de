import type { Command } from "commander";
import { lockDataDir } from "../../infra/index.ts";
import { BraidError, bytesToHex, type Hex } from "../../protocol/index.ts";
import type { WaitingTransaction } from "../../sequencer/index.ts";
import { addressOption } from "../addressOption.ts";
import { blobSources, collect } from "../blobSources.ts";
import { addConfigFlags, configOf } from "../configFlags.ts";
import { runSession } from "../supervision/runSession.ts";
import { startStack } from "../supervision/startStack.ts";
import { createSteps } from "../terminal/steps.ts";
import { createVerifyOutput } from "../terminal/verifyOutput.ts";

const HELP = `
For a sequencer whose disks are gone: rebuilds its PostgreSQL and its state from L1, checking every block as \`braid verify\`
does, and lists what was acknowledged but is not on L1, as far as Redis still knows it. The database and the data folder
must be empty; a recovery that was interrupted goes on. Start the sequencer afterwards with the same settings.

Examples:
  braid recover --from-l1 --rollup 0x… --l1-url http://127.0.0.1:8545 --data .braid-new
  BRAID_DATABASE_URL=… BRAID_REDIS_URL=… braid recover --from-l1 --rollup 0x… --l1-url https://l1.example --blobs https://beacon.example
`;

interface RecoverFlags {
  fromL1?: boolean;
  rollup?: Hex;
  blobs?: string[];
}

export function addRecoverCommand(program: Command): void {
  const command = program
    .command("recover")
    .description("rebuilds a sequencer's database and state from L1")
    .option("--from-l1", "from L1 and nothing else")
    .option("--rollup <address>", "the Rollup contract on L1", addressOption)
    .option("--blobs <url|folder>", "where blobs are; may be given several times", collect);
  addConfigFlags(command, [
    ...(["dataDir", "l1Port", "l1Url", "l1ChainId", "l2ChainId", "lanes", "logLevel"] as const),
  ]);
  command.addHelpText("after", HELP).action(async () => {
    process.exit(await runRecover(command));
  });
}

async function runRecover(command: Command): Promise<number> {
  const config = configOf(command);
  const flags = command.opts<RecoverFlags>();
  const rollup = flags.rollup ?? config.rollupAddress;
  if (flags.fromL1 !== true || rollup === undefined) {
    throw new BraidError("RECOVER_USAGE", "say from where, and which chain: --from-l1 --rollup ADDRESS", {
      hint: "`braid up` printed the rollup's address, and deployment.json names it.",
    });
  }
  const output = createVerifyOutput();
  const steps = createSteps();
  let done = false;
  const code = await runSession(async (session) => {
    const lock = lockDataDir(config.dataDir);
    session.add(() => lock.release());
    const stack = await startStack(config, session, steps);
    const { recoverFromL1 } = await import("../supervision/recoverFromL1.ts");
    const report = await recoverFromL1({
      config: { ...config, ...stack },
      l1Url: stack.l1Url,
      rollup,
      blobs: await blobSources({ ...flags, l1: stack.l1Url }),
      signal: session.signal,
      onStarted: (chain) =>
        output.started({
          l1: chain.l1ChainId,
          chainId: chain.config.chainId,
          rollup: bytesToHex(chain.rollup),
          dataDir: config.dataDir,
        }),
      onProgress: output.progress,
    });
    if (report === undefined) return;
    output.verified(report);
    tellWaiting(report.waiting);
    done = true;
    session.end();
  });
  return done ? code : 1;
}

/** Those that the sequencer takes up again, and those that wait for a nonce that nobody has any more. */
function tellWaiting(waiting: WaitingTransaction[]): void {
  process.stdout.write(`acknowledged and not on L1, as Redis knows: ${waiting.length}\n`);
  for (const { hash, sender, nonce, executable } of waiting) {
    const fate = executable ? "goes into a block when the sequencer starts" : "an earlier nonce is missing";
    process.stdout.write(`  ${bytesToHex(hash)} from ${bytesToHex(sender)}, nonce ${nonce}: ${fate}\n`);
  }
}
