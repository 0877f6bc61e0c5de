/** What users of any L1 expect at fixed addresses, and a development node does not bring along. */
import { createTestClient, http, publicActions } from "viem";
import { create2Deployer } from "./artifacts/preinstalls/create2Deployer.ts";
import { multicall3 } from "./artifacts/preinstalls/multicall3.ts";

/** Anvil's and Hardhat's. */
export const DEVELOPMENT_L1_CHAIN_ID = 31_337;

/** Multicall3 and the CREATE2 deployer, where they are absent. Only for Anvil and Hardhat nodes: both know this method. */
export async function installDevelopmentContracts(l1Url: string): Promise<void> {
  const node = createTestClient({ mode: "hardhat", transport: http(l1Url) }).extend(publicActions);
  for (const { address, code } of [multicall3, create2Deployer]) {
    const existing = await node.getCode({ address });
    if (existing === undefined || existing === "0x") await node.setCode({ address, bytecode: code });
  }
}
