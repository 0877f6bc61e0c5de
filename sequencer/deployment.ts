import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { deployRollup, isRollupDeployed } from "../contracts/index.ts";
import { type Config, waitForL1 } from "../infra/index.ts";
import { BraidError, genesisBatchHash, type Hex } from "../protocol/index.ts";

/** Whoever starts the sequencer waits for a slow L1 before; this bridges an L1 that restarts. */
const L1_DEADLINE_MS = 10_000;

const address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{40}$/)]);

const deploymentSchema = z.object({
  l1: z.object({ rpcUrl: z.string(), chainId: z.number(), contracts: z.object({ rollup: address }) }),
  l2: z.object({ rpcUrl: z.string(), wsUrl: z.string(), chainId: z.number() }),
});

/** What `deployment.json` in the data folder says: where the chain lives on both layers. */
export type Deployment = z.infer<typeof deploymentSchema>;

export class DeploymentError extends BraidError {
  constructor(message: string, hint: string, retryable = false) {
    super("ROLLUP_MISSING", message, { hint, retryable });
  }
}

export interface GenesisRef {
  stateRoot: Uint8Array;
  blockHash: Uint8Array;
}

/**
 * The rollup that this chain settles on: the configured one, the one of an earlier start, or a new one where the
 * configuration allows it. It must start from this chain's genesis; nothing is posted anywhere else.
 */
export async function ensureDeployment(
  config: Config,
  l1Url: string,
  genesis: GenesisRef,
  mayDeploy: boolean,
): Promise<Deployment> {
  await waitForL1({ url: l1Url, chainId: config.l1ChainId, deadlineMs: L1_DEADLINE_MS });
  const known = config.rollupAddress ?? readDeployment(config.dataDir)?.l1.contracts.rollup;
  const rollup = known === undefined ? undefined : await verified(l1Url, known, genesis);
  const deployment = describe(
    config,
    l1Url,
    rollup ?? (await deploy(config, l1Url, genesis, known, mayDeploy)),
  );
  await writeDeployment(config.dataDir, deployment);
  return deployment;
}

async function verified(l1Url: string, rollup: Hex, genesis: GenesisRef): Promise<Hex | undefined> {
  const genesisHash = genesisBatchHash(genesis);
  return (await isRollupDeployed({ l1Url, rollup, genesisBatchHash: genesisHash })) ? rollup : undefined;
}

async function deploy(
  config: Config,
  l1Url: string,
  genesis: GenesisRef,
  known: Hex | undefined,
  mayDeploy: boolean,
): Promise<Hex> {
  if (config.rollupAddress !== undefined) {
    throw new DeploymentError(
      `${config.rollupAddress} on L1 is no rollup that starts from this chain's genesis`,
      "Correct BRAID_ROLLUP_ADDRESS, or the settings that fix the genesis (BRAID_L2_CHAIN_ID, BRAID_GAS_LIMIT).",
    );
  }
  if (!mayDeploy || !config.deploy) {
    throw new DeploymentError(
      known === undefined
        ? "there is no rollup on L1 yet"
        : `L1 no longer knows the rollup ${known}, which has batches`,
      known === undefined
        ? "Start with --deploy once, or name it in BRAID_ROLLUP_ADDRESS."
        : "Restore the L1, or start anew with --reset.",
    );
  }
  return (await deployRollup({ l1Url, sequencerKey: config.sequencerKey, genesis })).rollup;
}

function describe(config: Config, l1Url: string, rollup: Hex): Deployment {
  const host = config.l2Host === "0.0.0.0" ? "127.0.0.1" : config.l2Host;
  return {
    l1: { rpcUrl: l1Url, chainId: config.l1ChainId, contracts: { rollup } },
    l2: {
      rpcUrl: `http://${host}:${config.l2Port}`,
      wsUrl: `ws://${host}:${config.l2Port}`,
      chainId: config.l2ChainId,
    },
  };
}

function readDeployment(dataDir: string): Deployment | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(dataDir, "deployment.json"), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = deploymentSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new DeploymentError(
    `${path.join(dataDir, "deployment.json")} is not readable`,
    "Delete it and name the rollup in BRAID_ROLLUP_ADDRESS, or start anew with --reset.",
  );
}

/** Whole or not at all: written aside, then renamed. */
async function writeDeployment(dataDir: string, deployment: Deployment): Promise<void> {
  const file = path.join(dataDir, "deployment.json");
  await writeFile(`${file}.new`, `${JSON.stringify(deployment, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
