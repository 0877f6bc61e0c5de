import type { Command } from "commander";
import { ConfigError, configToEnv, lockDataDir } from "../../infra/index.ts";
import { addConfigFlags, configOf, givenFlags } from "../configFlags.ts";
import { runSession } from "../supervision/runSession.ts";
import { endLeftoverRole } from "../supervision/spawnRole.ts";
import { startRoles } from "../supervision/startRoles.ts";
import { createSteps } from "../terminal/steps.ts";

export function addNodeCommand(program: Command): void {
  const command = program
    .command("node")
    .description("sequencer and RPC, supervised, on servers of yours (Redis, PostgreSQL, L1)");
  addConfigFlags(command, [
    ...(["dataDir", "l1Url", "l2Host", "l2Port", "metricsPort", "lanes", "blockIntervalMs"] as const),
    ...(["l1ChainId", "l2ChainId", "deploy", "logLevel"] as const),
  ]);
  command.action(async () => {
    process.exit(await runNode(command));
  });
}

async function runNode(command: Command): Promise<number> {
  const config = configOf(command);
  const missing = [
    config.redisUrl === undefined ? "BRAID_REDIS_URL must be set" : [],
    config.databaseUrl === undefined ? "BRAID_DATABASE_URL must be set" : [],
    config.l1Url === undefined ? "--l1-url (BRAID_L1_URL) must be set" : [],
  ].flat();
  if (missing.length > 0) throw new ConfigError([...missing, "`braid up` brings servers of its own"]);
  return await runSession(async (session) => {
    const lock = lockDataDir(config.dataDir);
    session.add(() => lock.release());
    for (const role of ["rpc", "sequencer"]) await endLeftoverRole(role, config.dataDir);
    const env = configToEnv({ ...givenFlags(command), dataDir: config.dataDir, logFormat: "json" });
    const roles = await startRoles(session, createSteps(), config.dataDir, env);
    process.stdout.write(
      `braid ready ${roles.rpc.info["rpcUrl"] ?? `http://${config.l2Host}:${config.l2Port}`}\n`,
    );
  });
}
