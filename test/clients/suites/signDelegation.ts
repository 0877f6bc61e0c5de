import { encodeFunctionData, type Hex, parseGwei } from "viem";
import { rpc } from "../../support/rpc.ts";
import { CHAIN_ID, type ClientsNode, type FundedKey } from "../clientsNode.ts";
import { probeAbi } from "../contracts/probe.ts";

/** A signed type 4 transaction of `owner` to itself, who delegates to `probe`: for clients that cannot sign one. */
export async function signDelegation(node: ClientsNode, owner: FundedKey, probe: Hex): Promise<Hex> {
  const { account } = owner;
  await rpc(node.rpcUrl, "anvil_setBalance", [account.address, "0xde0b6b3a7640000"]);
  const authorization = await account.signAuthorization({ address: probe, chainId: CHAIN_ID, nonce: 1 });
  return account.signTransaction({
    type: "eip7702",
    chainId: CHAIN_ID,
    nonce: 0,
    to: account.address,
    data: encodeFunctionData({ abi: probeAbi, functionName: "deposit" }),
    value: 1n,
    gas: 300_000n,
    maxFeePerGas: parseGwei("2"),
    maxPriorityFeePerGas: parseGwei("1"),
    authorizationList: [authorization],
  });
}
