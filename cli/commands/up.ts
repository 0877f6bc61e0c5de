import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import {
  type Config,
  configToEnv,
  endLeftovers,
  isPortFree,
  lockDataDir,
  PortTakenError,
} from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { addConfigFlags, configOf, givenFlags } from "../configFlags.ts";
import { provesHere } from "../supervision/provesHere.ts";
import { runSession } from "../supervision/runSession.ts";
import { endLeftoverRole } from "../supervision/spawnRole.ts";
import { startRoles } from "../supervision/startRoles.ts";
import { startStack } from "../supervision/startStack.ts";
import { printReady } from "../terminal/printReady.ts";
import { createSteps } from "../terminal/steps.ts";

const HELP = `
Starts PostgreSQL, Redis and an L1 (anvil) of its own unless BRAID_DATABASE_URL, BRAID_REDIS_URL or --l1-url name
others, deploys the contracts when there are none yet, then runs the sequencer and the RPC. The data folder is
resumed. Ctrl-C stops everything in order; a second Ctrl-C ends at once.

Examples:
  braid up
  braid up --data /tmp/try --l2-port 9600 --l1-port 8600   a second one beside the first
  braid up --reset                                         from genesis again
`;

export function addUpCommand(program: Command): void {
  const command = program.command("up").description("a whole L2 on this machine; resumes its data folder");
  addConfigFlags(command, [
    ...(["dataDir", "l2Port", "l2Host", "l1Port", "l1Url", "l1ChainId", "lanes", "shadow"] as const),
    ...(["blockIntervalMs", "metricsPort", "dev", "logLevel"] as const),
  ]);
  command.option("--reset", "delete the data folder's contents first").addHelpText("after", HELP);
  command.action(async () => {
    process.exit(await runUp(command));
  });
}

async function runUp(command: Command): Promise<number> {
  const config = configOf(command);
  const steps = createSteps();
  return await runSession(async (session) => {
    const lock = lockDataDir(config.dataDir);
    session.add(() => lock.release());
    for (const role of ["prover", "rpc", "sequencer"]) await endLeftoverRole(role, config.dataDir);
    await endLeftovers(config.dataDir);
    session.signal.throwIfAborted();
    await requireFreePort(config.l2Port, config.l2Host, "the L2 RPC", "--l2-port");
    const metricsPort = await chooseMetricsPort(config);
    if (command.opts<{ reset?: boolean }>().reset === true) reset(config.dataDir);

    const stack = await startStack(config, session, steps);
    session.signal.throwIfAborted();
    const env = configToEnv({
      logFormat: "json",
      ...givenFlags(command),
      dataDir: config.dataDir,
      redisUrl: stack.redisUrl,
      databaseUrl: stack.databaseUrl,
      l1Url: stack.l1Url,
      metricsPort: String(metricsPort),
      proverMetricsPort: String(await freeOr0(config.proverMetricsPort, config.l2Host)),
      deploy: String(config.rollupAddress === undefined),
    });
    const roles = await startRoles(session, steps, config.dataDir, env, { proves: provesHere(config) });
    printReady({
      config,
      l1Url: stack.l1Url,
      metricsPort,
      info: { ...roles.sequencer.info, ...roles.rpc.info },
    });
    // Blocks need no proof: the prover may come later.
    await roles.prover;
  });
}

async function requireFreePort(port: number, host: string, what: string, flag: string): Promise<void> {
  if (!(await isPortFree(port, host))) throw new PortTakenError(port, what, flag);
}

/** 0, any port, where it is taken: nobody counts on the prover's. */
async function freeOr0(port: number, host: string): Promise<number> {
  return (await isPortFree(port, host)) ? port : 0;
}

/** An explicit port must be free; the default one gives way, so that two nodes need only differ in --l2-port. */
async function chooseMetricsPort(config: Config): Promise<number> {
  if (await isPortFree(config.metricsPort, config.l2Host)) return config.metricsPort;
  if (config.metricsPort !== config.l2Port + 1) {
    throw new PortTakenError(config.metricsPort, "metrics and health", "--metrics-port");
  }
  return 0;
}

/** Deletes all but the lock that we hold. */
function reset(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  const known = new Set([
    "postgres",
    "postgres.unfinished",
    "redis",
    "l1",
    "logs",
    "state",
    "deployment.json",
  ]);
  const foreign = readdirSync(dataDir).filter((name) => !known.has(name) && !name.startsWith("run"));
  if (foreign.length > 0 && !existsSync(join(dataDir, "postgres"))) {
    throw new BraidError(
      "RESET_REFUSED",
      `${dataDir} holds ${foreign.join(", ")} and does not look like braid's`,
      {
        hint: "Delete it yourself, or name another folder with --data.",
      },
    );
  }
  for (const name of readdirSync(dataDir)) {
    if (name !== "run") rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}
