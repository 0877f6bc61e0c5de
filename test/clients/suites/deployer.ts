import {
  type Abi,
  type Address,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  type TransactionReceipt,
} from "viem";
import { rpc } from "../../support/rpc.ts";
import type { ClientsNode, FundedKey } from "../clientsNode.ts";
import type { PublishedContract } from "../contracts/published.ts";
import { viemClients } from "./viemSuite.ts";

export interface Deployed {
  address: Address;
  abi: Abi;
  read(functionName: string, args?: unknown[]): Promise<unknown>;
  /** Sends, waits, and rejects when the transaction reverted. */
  write(functionName: string, args?: unknown[], value?: bigint): Promise<TransactionReceipt>;
}

export interface Deployer {
  account: FundedKey["account"];
  reader: ReturnType<typeof viemClients>["reader"];
  deploy(contract: PublishedContract, args?: unknown[]): Promise<Deployed>;
  at(address: Address, abi: Abi): Deployed;
  send(call: { to?: Address; data: Hex; value?: bigint }): Promise<TransactionReceipt>;
  /** A block a second later: an estimate at the second of a pool's last change leaves out what its clock costs later. */
  waitASecond(): Promise<void>;
}

/** One account that deploys and uses published contracts through viem, by viem's own estimates. */
export async function createDeployer(node: ClientsNode, name: string): Promise<Deployer> {
  const { reader, wallet } = viemClients(node, await node.funded(name));
  const { account } = wallet;
  const send: Deployer["send"] = async (call) => {
    const hash = await wallet.sendTransaction(call);
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new TypeError(`${hash} reverted`);
    return receipt;
  };
  const at = (address: Address, abi: Abi): Deployed => ({
    address,
    abi,
    read: (functionName, args = []) =>
      reader.readContract({ address, abi, functionName, args, account: account.address }),
    write: (functionName, args = [], value = 0n) =>
      send({ to: address, data: encodeFunctionData({ abi, functionName, args }), value }),
  });
  return {
    account,
    reader,
    send,
    at,
    async waitASecond() {
      await rpc(node.rpcUrl, "evm_increaseTime", [1]);
      await rpc(node.rpcUrl, "evm_mine", []);
    },
    async deploy({ abi, bytecode }, args = []) {
      const { contractAddress } = await send({ data: encodeDeployData({ abi, bytecode, args }) });
      if (typeof contractAddress !== "string") throw new TypeError("nothing was deployed");
      return at(contractAddress, abi);
    },
  };
}
