import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../infra/index.ts";
import type { ChainPlan } from "./chainPlan.ts";

/**
 * Writes `deployment.json` in the data folder: where the chain lives on both layers, by the names that viem's op-stack
 * actions ask for. For people and scripts; the node itself reads the database. Whole or not at all: written aside,
 * then renamed.
 */
export async function writeDeploymentFile(config: Config, l1Url: string, { l1 }: ChainPlan): Promise<void> {
  const host = config.l2Host === "0.0.0.0" ? "127.0.0.1" : config.l2Host;
  const contracts = {
    rollup: l1.rollup,
    l2OutputOracle: l1.l2OutputOracle,
    portal: l1.portal,
    l1StandardBridge: l1.standardBridge,
    attestationVerifier: l1.verifier,
  };
  const deployment = {
    l1: { rpcUrl: l1Url, chainId: config.l1ChainId, contracts },
    l2: {
      rpcUrl: `http://${host}:${config.l2Port}`,
      wsUrl: `ws://${host}:${config.l2Port}`,
      chainId: config.l2ChainId,
    },
  };
  const file = path.join(config.dataDir, "deployment.json");
  await writeFile(`${file}.new`, `${JSON.stringify(deployment, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
