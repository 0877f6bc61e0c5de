import { BaseError, createPublicClient, type Hex, http } from "viem";
import { hexToBytes } from "../protocol/index.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";
import { decodeL2Deployment, type L2Deployment } from "./l2Deployment.ts";

export interface PublishedDeployment {
  deployment: L2Deployment;
  /** L1 block of the rollup's first event. */
  deployedAtBlock: number;
}

/**
 * What `rollup` published of its chain when it was deployed. Undefined where there is no rollup. The rollup does not
 * check it: whoever builds the genesis from it compares the hash of batch 0. Throws DecodeError.
 */
export async function readL2Deployment(options: {
  l1Url: string;
  rollup: Hex;
}): Promise<PublishedDeployment | undefined> {
  const reader = createPublicClient({ transport: http(options.l1Url) });
  const contract = { address: options.rollup, abi: rollupArtifact.abi } as const;
  let block: bigint;
  try {
    block = await reader.readContract({ ...contract, functionName: "deployedAtBlock" });
  } catch (error) {
    if (error instanceof BaseError && error.name === "ContractFunctionExecutionError") return undefined;
    throw error;
  }
  const [event] = await reader.getContractEvents({
    ...contract,
    eventName: "ChainDeployed",
    fromBlock: block,
    toBlock: block,
  });
  const bytes = event?.args.l2Deployment;
  if (bytes === undefined) return undefined;
  return { deployment: decodeL2Deployment(hexToBytes(bytes)), deployedAtBlock: Number(block) };
}
