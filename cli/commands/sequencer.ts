import type { Command } from "commander";
import { addConfigFlags, configOf } from "../configFlags.ts";
import { runRole } from "../supervision/runRole.ts";

export function addSequencerCommand(program: Command): void {
  const command = program
    .command("sequencer")
    .description(
      "one role: builds blocks and posts batches (needs BRAID_REDIS_URL, BRAID_DATABASE_URL, an L1)",
    );
  addConfigFlags(command, [
    ...(["dataDir", "l1Url", "l2Host", "l2Port", "metricsPort", "lanes", "shadow"] as const),
    ...(["blockIntervalMs"] as const),
    ...(["l1ChainId", "l2ChainId", "deploy", "dev", "logLevel", "logFormat"] as const),
  ]);
  command.action(async () => {
    const { startSequencer } = await import("../../sequencer/index.ts");
    process.exit(await runRole("sequencer", configOf(command), startSequencer));
  });
}
