import { type Hex, keccak256, parseEther, toHex } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { rpc } from "../support/rpc.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";
import { compileProbe } from "./contracts/probe.ts";

export const CHAIN_ID = 7357;
const FUNDS = parseEther("1000");

export interface FundedKey {
  account: PrivateKeyAccount;
  privateKey: Hex;
}

/** The node that every client of the suite is pointed at. */
export interface ClientsNode {
  node: TestNode;
  rpcUrl: string;
  wsUrl: string;
  probeBytecode: Hex;
  /** An account that only the caller uses, known by its name, with 1000 ether. */
  funded(name: string): Promise<FundedKey>;
  stop(): Promise<void>;
}

export function keyOf(name: string): FundedKey {
  const privateKey = keccak256(toHex(name));
  return { privateKey, account: privateKeyToAccount(privateKey) };
}

export async function startClientsNode(): Promise<ClientsNode> {
  const node = await startTestNode({ BRAID_DEV: "true" });
  return {
    node,
    rpcUrl: node.rpcUrl,
    wsUrl: node.wsUrl,
    probeBytecode: compileProbe().bytecode,
    async funded(name) {
      const key = keyOf(name);
      await rpc(node.rpcUrl, "anvil_setBalance", [key.account.address, toHex(FUNDS)]);
      return key;
    },
    stop: () => node.stop(),
  };
}
