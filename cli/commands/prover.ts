import type { Command } from "commander";
import type { Logger } from "../../infra/index.ts";
import { BraidError, type ChainConfig, type Hex } from "../../protocol/index.ts";
import { addConfigFlags, configOf } from "../configFlags.ts";
import { readDeployment } from "../supervision/deploymentFile.ts";
import { runRole } from "../supervision/runRole.ts";

const HELP = `
Checks batches by running them again and signs those that are right; see prover-stub/README.md for what that is worth.
Needs BRAID_REDIS_URL, an L1, BRAID_PROVER_KEY and BRAID_ROLLUP_ADDRESS (or the deployment.json of --data), and nothing
else of the sequencer's. As many processes as wanted.
`;

export function addProverCommand(program: Command): void {
  const command = program
    .command("prover")
    .description("one role: proves batches (needs BRAID_REDIS_URL, an L1)");
  addConfigFlags(command, [
    ...(["dataDir", "l1Url", "l2Host", "proverMetricsPort"] as const),
    ...(["l1ChainId", "l2ChainId", "logLevel", "logFormat"] as const),
  ]);
  command.addHelpText("after", HELP);
  command.action(async () => {
    const { startProver } = await import("../../prover-stub/index.ts");
    const config = configOf(command);
    const rollup = config.rollupAddress ?? readDeployment(config.dataDir)?.l1.contracts["rollup"];
    const start = (given: typeof config, deps: { logger: Logger }) =>
      startProver(given, { ...deps, rollup, chainOf: publishedChain });
    process.exit(await runRole("prover", config, start));
  });
}

async function publishedChain(l1Url: string, rollup: Hex): Promise<ChainConfig> {
  const { l2Genesis, readL2Deployment } = await import("../../contracts/index.ts");
  const published = await readL2Deployment({ l1Url, rollup });
  if (published !== undefined) return l2Genesis(published.deployment).config;
  throw new BraidError("ROLLUP_MISSING", `${rollup} on L1 is no rollup`, {
    hint: "Correct BRAID_ROLLUP_ADDRESS or BRAID_L1_URL.",
  });
}
