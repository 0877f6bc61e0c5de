import { createPublicClient, http, multicall3Abi, parseEther } from "viem";
import { expect, it } from "vitest";
import type { ClientsNode } from "../clientsNode.ts";
import { multicall3Bytecode } from "../contracts/multicall3.ts";
import { probeAbi } from "../contracts/probe.ts";
import { createDeployer } from "./deployer.ts";
import { viemChain } from "./viemSuite.ts";

export function multicallSuite(node: () => ClientsNode): void {
  it("Multicall3: reads that viem gathers into one call, with and without one that fails", async () => {
    const user = await createDeployer(node(), "multicall");
    const { address: me } = user.account;
    const multicall = await user.deploy({ abi: multicall3Abi, bytecode: multicall3Bytecode() });
    const probe = await user.deploy({ abi: probeAbi, bytecode: node().probeBytecode }, ["gathered"]);
    await probe.write("deposit", [], parseEther("2"));
    const requests: { method: string }[] = [];
    const onFetchRequest = async (request: Request) => {
      const sent: { method: string } | { method: string }[] = JSON.parse(await request.clone().text());
      requests.push(...[sent].flat());
    };
    const client = createPublicClient({
      chain: { ...viemChain(node().rpcUrl), contracts: { multicall3: { address: multicall.address } } },
      transport: http(node().rpcUrl, { batch: true, onFetchRequest }),
      batch: { multicall: true },
    });
    const contract = { address: probe.address, abi: probeAbi } as const;
    const [name, total, held, number, balance] = await Promise.all([
      client.readContract({ ...contract, functionName: "name" }),
      client.readContract({ ...contract, functionName: "total" }),
      client.readContract({ ...contract, functionName: "held", args: [me] }),
      client.getBlockNumber(),
      client.getBalance({ address: probe.address }),
    ]);
    expect([name, total, held, balance]).toEqual([
      "gathered",
      parseEther("2"),
      parseEther("2"),
      parseEther("2"),
    ]);
    expect(number).toBeGreaterThan(0n);
    expect(requests.filter(({ method }) => method === "eth_call").length).toBeLessThanOrEqual(2);
    const results = await client.multicall({
      contracts: [
        { ...contract, functionName: "total" },
        { ...contract, functionName: "refuse" },
        { ...contract, functionName: "overflow", args: [1n] },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual(["success", "failure", "failure"]);
    expect(results[1]?.error?.message).toContain("not today");
  });
}
