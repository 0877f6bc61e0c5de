import { privateKeyToAccount } from "viem/accounts";
import {
  deploySettlement,
  encodeL2Deployment,
  isSettlementDeployed,
  readL2Deployment,
  type SettlementAddresses,
} from "../../contracts/index.ts";
import { type Config, waitForL1 } from "../../infra/index.ts";
import { InvariantError } from "../../protocol/index.ts";
import type { ChainPlan } from "./chainPlan.ts";
import { DeploymentError } from "./deploymentError.ts";
import { writeDeploymentFile } from "./deploymentFile.ts";

const L1_DEADLINE_MS = 10_000;

export interface EnsureSettlementOptions {
  config: Config;
  l1Url: string;
  plan: ChainPlan;
  genesis: { stateRoot: Uint8Array; blockHash: Uint8Array };
  /** Whether nothing of this chain was ever brought to L1. */
  isNew: boolean;
}

/** Where the chain settles. */
export interface SettledOn extends SettlementAddresses {
  /** The first L1 block that can hold an event of the contracts. */
  deployedAtBlock: number;
}

/**
 * The contracts of the plan are on L1 and start from this chain's genesis, or are put there where the settings allow
 * it. Nothing is posted anywhere else.
 */
export async function ensureSettlement(options: EnsureSettlementOptions): Promise<SettledOn> {
  const { config, l1Url, plan, genesis, isNew } = options;
  await waitForL1({ url: l1Url, chainId: config.l1ChainId, deadlineMs: L1_DEADLINE_MS });
  if (!(await isSettlementDeployed({ l1Url, rollup: plan.l1.rollup, genesis }))) {
    if (!isNew || !config.deploy) {
      throw new DeploymentError(
        isNew ? "the contracts are not on L1 yet" : `L1 no longer knows the rollup ${plan.l1.rollup}`,
        isNew ? "Start with --deploy once." : "Restore the L1, or start anew with --reset.",
      );
    }
    await deploy(options);
  }
  await writeDeploymentFile(config, l1Url, plan);
  const published = await readL2Deployment({ l1Url, rollup: plan.l1.rollup });
  if (published === undefined)
    throw new InvariantError(`${plan.l1.rollup} does not say when it was deployed`);
  return { ...plan.l1, deployedAtBlock: published.deployedAtBlock };
}

async function deploy({ config, l1Url, plan, genesis }: EnsureSettlementOptions): Promise<void> {
  const { settlement } = config;
  const { owner, guardian, withdrawalLimit } = settlement;
  await deploySettlement({
    l1Url,
    deployerKey: config.sequencerKey,
    sequencer: privateKeyToAccount(config.sequencerKey).address,
    ...(owner === undefined ? {} : { owner }),
    ...(guardian === undefined ? {} : { guardian }),
    ...(withdrawalLimit === undefined ? {} : { withdrawalLimit }),
    provers: settlement.provers,
    threshold: settlement.proverThreshold,
    genesis,
    l2Deployment: encodeL2Deployment(plan.l2),
    finalizationPeriodSeconds: settlement.finalizationPeriodSeconds,
    submissionIntervalSeconds: Math.max(1, Math.ceil(config.batchIntervalMs / 1000)),
    inclusionWindowBlocks: settlement.inclusionWindowBlocks,
    silenceWindowBlocks: settlement.silenceWindowBlocks,
    expected: plan.l1,
  });
}
