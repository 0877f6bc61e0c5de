import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { type DataDirLock, lockDataDir, onStopSignal } from "../../infra/index.ts";
import { bytesToHex, type Hex } from "../../protocol/index.ts";
import type { Archive, VerifiedChain, Verifier, VerifyReport } from "../../verifier/index.ts";
import { addressOption } from "../addressOption.ts";
import { blobSources, collect } from "../blobSources.ts";
import { httpUrlOption } from "../httpUrlOption.ts";
import { integerOption } from "../integerOption.ts";
import type { Serving } from "../supervision/serveVerified.ts";
import { endWithReader } from "../terminal/endWithReader.ts";
import { createVerifyOutput, type VerifyOutput } from "../terminal/verifyOutput.ts";

const HELP = `
Rebuilds the L2 chain from L1 and nothing else, runs every block, and compares what comes out with what was committed.
Needs no node of this chain, no Redis and no PostgreSQL. It goes on where it was interrupted.

Blobs are looked for at each --blobs in turn: a folder (files 0x01….blob), the URL of a beacon node, or the RPC URL of a
node of this chain, which keeps the data of all batches. Anvil as L1 has its blobs itself. None of them is trusted.

With --archive all blocks are kept beside the state, for \`braid export\`; --rpc keeps them too, follows L1, and serves every
reading method of the JSON-RPC over them. A folder that has an archive goes on with it.

Exit code 0 when everything is as committed; 1 at the first difference, with the place and both values.

Examples:
  braid verify --l1 http://127.0.0.1:8545 --rollup 0x…
  braid verify --l1 https://l1.example --rollup 0x… --blobs https://beacon.example --data /var/lib/braid-verify --follow
  braid verify --l1 https://l1.example --rollup 0x… --rpc 8545 --send-to https://sequencer.example
`;

interface VerifyFlags {
  l1: string;
  rollup: Hex;
  blobs?: string[];
  data: string;
  to?: number;
  lanes: number;
  follow?: boolean;
  archive?: boolean;
  rpc?: number;
  rpcHost: string;
  sendTo?: string;
}

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("rebuilds the L2 chain from L1 alone and compares it with what was committed")
    .requiredOption("--l1 <url>", "the L1, HTTP", httpUrlOption)
    .requiredOption("--rollup <address>", "the Rollup contract on L1", addressOption)
    .option("--blobs <url|folder>", "where blobs are; may be given several times", collect)
    .option("--data <folder>", "state and the point to resume from", "braid-verifier")
    .option("--to <block>", "last block to verify", integerOption(0, Number.MAX_SAFE_INTEGER))
    .option(
      "--lanes <n>",
      "threads that work on the chain: lanes, and one for senders",
      integerOption(1, 64),
      defaultLanes(),
    )
    .option("--follow", "go on with new batches until interrupted")
    .option("--archive", "keep all blocks")
    .option("--rpc <port>", "serve the reading JSON-RPC over them, and follow", integerOption(0, 65_535))
    .option("--rpc-host <host>", "address that it listens on", "127.0.0.1")
    .option("--send-to <url>", "who takes transactions: named to those who send one here", httpUrlOption)
    .addHelpText("after", HELP)
    .action(async (flags: VerifyFlags) => {
      process.exitCode = await runVerify(flags);
    });
}

async function runVerify(flags: VerifyFlags): Promise<number> {
  endWithReader();
  const { DifferenceError } = await import("../../verifier/index.ts");
  const output = createVerifyOutput();
  try {
    const report = await verify(flags, output);
    output.verified(report);
    return 0;
  } catch (error) {
    if (!(error instanceof DifferenceError)) throw error;
    output.differs(error.difference);
    return 1;
  }
}

async function verify(flags: VerifyFlags, output: VerifyOutput): Promise<VerifyReport> {
  const { createArchive, createVerifier, hasArchive } = await import("../../verifier/index.ts");
  const dataDir = resolve(flags.data);
  const lock: DataDirLock = lockDataDir(dataDir);
  const end = new AbortController();
  const removeHandlers = onStopSignal(
    () => end.abort(),
    () => process.exit(130),
  );
  let verifier: Verifier | undefined;
  let archive: Archive | undefined;
  let serving: Serving | undefined;
  try {
    if (flags.archive === true || flags.rpc !== undefined || hasArchive(dataDir))
      archive = createArchive(dataDir);
    verifier = createVerifier({
      l1Url: flags.l1,
      rollup: flags.rollup,
      blobs: await blobSources(flags),
      dataDir,
      lanes: flags.lanes,
      follow: flags.follow ?? flags.rpc !== undefined,
      signal: end.signal,
      onProgress: output.progress,
      ...(archive === undefined ? {} : { sink: archive }),
      ...(flags.to === undefined ? {} : { toBlock: flags.to }),
    });
    const chain = await verifier.chain();
    output.started({
      l1: chain.l1ChainId,
      chainId: chain.config.chainId,
      rollup: bytesToHex(chain.rollup),
      dataDir,
    });
    await archive?.identify(chain);
    serving = archive === undefined ? undefined : await serve(flags, archive, chain, output);
    const run = verifier.run();
    return serving === undefined ? await run : await Promise.race([run, serving.failed]);
  } finally {
    await serving?.stop();
    await verifier?.stop();
    await archive?.close();
    lock.release();
    removeHandlers();
  }
}

async function serve(
  { rpc, rpcHost, sendTo, data, l1 }: VerifyFlags,
  archive: Archive,
  chain: VerifiedChain,
  output: VerifyOutput,
): Promise<Serving | undefined> {
  if (rpc === undefined) return undefined;
  const { serveVerified } = await import("../supervision/serveVerified.ts");
  const place = { dataDir: resolve(data), l1Url: l1, port: rpc, host: rpcHost };
  return serveVerified(
    { archive, chain, ...place, ...(sendTo === undefined ? {} : { sendTo }) },
    output.serving,
  );
}

function defaultLanes(): number {
  return Math.max(1, Math.min(8, availableParallelism()));
}
