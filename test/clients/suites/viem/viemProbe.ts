import { getContract, type Hash, parseEther } from "viem";
import { expect } from "vitest";
import type { ClientsNode } from "../../clientsNode.ts";
import { probeAbi } from "../../contracts/probe.ts";
import { viemClients } from "../viemSuite.ts";

/** viem's clients of one account, and a probe that it deployed with one ether held. */
export async function viemProbe(node: ClientsNode, name: string) {
  const key = await node.funded(name);
  const clients = viemClients(node, key);
  const { reader, wallet } = clients;
  const mined = async (hash: Hash) => {
    const receipt = await reader.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    return receipt;
  };
  const deployed = await mined(
    await wallet.deployContract({ abi: probeAbi, bytecode: node.probeBytecode, args: [name] }),
  );
  const address = deployed.contractAddress;
  if (typeof address !== "string") throw new TypeError("the probe was not deployed");
  const probe = getContract({ address, abi: probeAbi, client: { public: reader, wallet } });
  await mined(await probe.write.deposit({ value: parseEther("1") }));
  return { ...clients, account: key.account, probe, address, deployed, mined };
}

export type ViemProbe = Awaited<ReturnType<typeof viemProbe>>;
