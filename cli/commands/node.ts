import type { Command } from "commander";
import { type Config, ConfigError, configToEnv, lockDataDir, waitForL1 } from "../../infra/index.ts";
import { addConfigFlags, configOf, givenFlags } from "../configFlags.ts";
import { provesHere } from "../supervision/provesHere.ts";
import { runSession } from "../supervision/runSession.ts";
import { endLeftoverRole } from "../supervision/spawnRole.ts";
import { startRoles } from "../supervision/startRoles.ts";
import { createSteps } from "../terminal/steps.ts";

const HELP = `
What the container image runs. The servers are named by BRAID_REDIS_URL, BRAID_DATABASE_URL and --l1-url; L1 may take
a minute to answer. The logs of both roles go to standard output.
`;

/** How long L1 may take to answer while everything starts together. */
const L1_DEADLINE_MS = 60_000;

export function addNodeCommand(program: Command): void {
  const command = program
    .command("node")
    .description("sequencer, RPC and prover, supervised, on servers of yours (Redis, PostgreSQL, L1)");
  addConfigFlags(command, [
    ...(["dataDir", "l1Url", "l2Host", "l2Port", "metricsPort", "lanes", "shadow"] as const),
    ...(["blockIntervalMs"] as const),
    ...(["l1ChainId", "l2ChainId", "deploy", "dev", "logLevel", "logFormat"] as const),
  ]);
  command.addHelpText("after", HELP);
  command.action(async () => {
    process.exit(await runNode(command));
  });
}

async function runNode(command: Command): Promise<number> {
  const config = configOf(command);
  const l1Url = requireServers(config);
  const steps = createSteps();
  return await runSession(async (session) => {
    const lock = lockDataDir(config.dataDir);
    session.add(() => lock.release());
    for (const role of ["prover", "rpc", "sequencer"]) await endLeftoverRole(role, config.dataDir);
    await steps.run("L1", () =>
      waitForL1({
        url: l1Url,
        chainId: config.l1ChainId,
        deadlineMs: L1_DEADLINE_MS,
        signal: session.signal,
      }),
    );
    const env = configToEnv({ ...givenFlags(command), dataDir: config.dataDir });
    const roles = await startRoles(session, steps, config.dataDir, env, {
      proves: provesHere(config),
      output: "inherit",
    });
    const rpcUrl = roles.rpc.info["rpcUrl"] ?? `http://${config.l2Host}:${config.l2Port}`;
    process.stdout.write(`braid ready ${rpcUrl}\n`);
    await roles.prover;
  });
}

/** The URL of L1, once all three servers are named. */
function requireServers(config: Config): string {
  const { redisUrl, databaseUrl, l1Url } = config;
  if (redisUrl !== undefined && databaseUrl !== undefined && l1Url !== undefined) return l1Url;
  throw new ConfigError([
    ...(redisUrl === undefined ? ["BRAID_REDIS_URL must be set"] : []),
    ...(databaseUrl === undefined ? ["BRAID_DATABASE_URL must be set"] : []),
    ...(l1Url === undefined ? ["--l1-url (BRAID_L1_URL) must be set"] : []),
    "`braid up` brings servers of its own",
  ]);
}
