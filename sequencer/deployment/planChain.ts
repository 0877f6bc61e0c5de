import { privateKeyToAccount } from "viem/accounts";
import { developmentDeployment, predictSettlementAddresses } from "../../contracts/index.ts";
import { type Config, DEV_L1_CHAIN_ID, type Sql, waitForL1 } from "../../infra/index.ts";
import type { ChainStore } from "../chain-store/index.ts";
import { type ChainPlan, ChainPlanError, planOf, readChainPlan, writeChainPlan } from "./chainPlan.ts";
import { DeploymentError } from "./deploymentError.ts";
import { recoveryOf } from "./recoveryMark.ts";

/** Whoever starts the sequencer waits for a slow L1 before; this bridges an L1 that restarts. */
const L1_DEADLINE_MS = 10_000;

export interface PlanChainDeps {
  config: Config;
  l1Url: string;
  sql: Sql;
  chain: Pick<ChainStore, "head">;
}

/** The plan of the chain that the database holds, or a new one, which is written down. */
export async function planChain({ config, l1Url, sql, chain }: PlanChainDeps): Promise<ChainPlan> {
  const recovered = await recoveryOf(sql);
  if (recovered !== undefined) {
    throw new DeploymentError(
      `the chain of the rollup ${recovered} is being recovered into this database, and is not all there`,
      "Run braid recover again: it goes on where it was.",
    );
  }
  const known = await readChainPlan(sql);
  if (known !== undefined) {
    requireSettings(known, config);
    return known;
  }
  if ((await chain.head()) !== undefined) throw new ChainPlanError();
  if (!config.deploy || config.rollupAddress !== undefined) {
    throw new DeploymentError(
      "this database has no chain yet, and a chain begins with its contracts on L1",
      "Start once with --deploy and without BRAID_ROLLUP_ADDRESS.",
    );
  }
  await waitForL1({ url: l1Url, chainId: config.l1ChainId, deadlineMs: L1_DEADLINE_MS });
  const deployer = privateKeyToAccount(config.sequencerKey).address;
  const l1 = await predictSettlementAddresses({ l1Url, deployer });
  const owner = config.settlement.owner ?? deployer;
  const plan = planOf(
    developmentDeployment({
      l1StandardBridge: l1.standardBridge,
      feeVault: { recipient: owner, minWithdrawalAmount: 0n },
      chainId: config.l2ChainId,
      gasLimit: config.gasLimit,
      // Ether of the genesis is backed by nothing on L1.
      ...(config.l1ChainId === DEV_L1_CHAIN_ID ? {} : { balances: [] }),
    }),
    l1,
  );
  await writeChainPlan(sql, plan);
  return plan;
}

/** What the genesis fixed cannot be set otherwise later. */
function requireSettings({ l1, l2 }: ChainPlan, config: Config): void {
  const wrong: string[] = [];
  if (l2.chainId !== config.l2ChainId) wrong.push(`BRAID_L2_CHAIN_ID is ${l2.chainId}`);
  if (l2.gasLimit !== config.gasLimit) wrong.push(`BRAID_GAS_LIMIT is ${l2.gasLimit}`);
  const named = config.rollupAddress?.toLowerCase();
  if (named !== undefined && named !== l1.rollup.toLowerCase()) {
    wrong.push(`BRAID_ROLLUP_ADDRESS is ${l1.rollup}`);
  }
  if (wrong.length === 0) return;
  throw new DeploymentError(
    `the chain in this database was started with other settings: ${wrong.join(", ")}`,
    "Correct them, or start anew with --reset.",
  );
}
