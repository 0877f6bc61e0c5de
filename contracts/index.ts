import { attestationVerifierArtifact } from "./artifacts/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "./artifacts/l1StandardBridge.ts";
import { optimismPortalArtifact } from "./artifacts/optimismPortal.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";

export {
  DeployError,
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
export const rollupAbi = rollupArtifact.abi;
