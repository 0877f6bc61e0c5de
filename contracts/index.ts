import { rollupArtifact } from "./artifacts/rollup.ts";

export {
  DeployError,
  type DeployRollupOptions,
  deployRollup,
  isRollupDeployed,
  type RollupDeployment,
} from "./deploy.ts";
export const rollupAbi = rollupArtifact.abi;
