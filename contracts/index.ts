import { rollupArtifact } from "./artifacts/rollup.ts";
import { attestationVerifierArtifact } from "./artifacts/settlement/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "./artifacts/settlement/l1StandardBridge.ts";
import { optimismPortalArtifact } from "./artifacts/settlement/optimismPortal.ts";
import { rollupArtifact as settlementRollupArtifact } from "./artifacts/settlement/rollup.ts";

export {
  DeployError,
  type DeployRollupOptions,
  deployRollup,
  isRollupDeployed,
  type RollupDeployment,
} from "./deploy.ts";
export {
  type DeploySettlementOptions,
  deploySettlement,
  isSettlementDeployed,
  predictSettlementAddresses,
  type SettlementAddresses,
  type SettlementDeployment,
  type SettlementImplementations,
} from "./deploySettlement.ts";
export {
  decodeL2Deployment,
  developmentDeployment,
  encodeL2Deployment,
  type L2Deployment,
} from "./l2Deployment.ts";
export { L2GenesisError, l2Genesis, PREDEPLOYS, preinstallAccounts } from "./l2Genesis.ts";
export { type PublishedDeployment, readL2Deployment } from "./readL2Deployment.ts";
export const attestationVerifierAbi = attestationVerifierArtifact.abi;
export const l1StandardBridgeAbi = l1StandardBridgeArtifact.abi;
/** The queue of messages and its events are part of it. */
export const optimismPortalAbi = optimismPortalArtifact.abi;
/** `rollupAbi` is the rollup that the sequencer still posts to. */
export const settlementRollupAbi = settlementRollupArtifact.abi;
export const rollupAbi = rollupArtifact.abi;
