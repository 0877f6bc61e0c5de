import { encodeFunctionData, getAddress, numberToHex, parseEther, zeroAddress } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../../clientsNode.ts";
import { probeAbi } from "../../contracts/probe.ts";
import { proofFault } from "../../proof.ts";
import { type ViemProbe, viemProbe } from "./viemProbe.ts";

export function viemReads(node: () => ClientsNode): void {
  describe("reads", () => {
    let world: ViemProbe;
    beforeAll(async () => {
      world = await viemProbe(node(), "viem reads");
    });

    it("chain, balances, calls, code, now and at an old block", async () => {
      const { reader, account, address, probe, deployed, mined } = world;
      expect(await reader.getChainId()).toBe(CHAIN_ID);
      expect(await probe.read.name()).toBe("viem reads");
      const { blockNumber } = deployed;
      const before = await reader.getBalance({ address: account.address });
      const receipt = await mined(await probe.write.deposit({ value: parseEther("2") }));
      const fee = receipt.gasUsed * receipt.effectiveGasPrice;
      expect(await reader.getBalance({ address: account.address })).toBe(before - parseEther("2") - fee);
      expect(await probe.read.total()).toBe(parseEther("3"));
      expect(await probe.read.total({ blockNumber: receipt.blockNumber - 1n })).toBe(parseEther("1"));
      expect(await probe.read.total({ blockNumber })).toBe(0n);
      expect(await reader.getCode({ address, blockNumber: blockNumber - 1n })).toBeUndefined();
      expect(await reader.getTransactionConfirmations({ transactionReceipt: deployed })).toBeGreaterThan(1n);
    });

    it("an estimate that is enough, and one gas less is not", async () => {
      const { reader, wallet, account, address, mined } = world;
      const data = encodeFunctionData({ abi: probeAbi, functionName: "move", args: [zeroAddress, 1n] });
      const gas = await reader.estimateGas({ account, to: address, data });
      const { gasUsed } = await mined(await wallet.sendTransaction({ to: address, data, gas }));
      expect(gasUsed).toBeLessThanOrEqual(gas);
      const refund = await mined(await wallet.sendTransaction({ to: address, data, gas: gas * 2n }));
      const short = await wallet.sendTransaction({ to: address, data, gas: refund.gasUsed - 1n });
      expect((await reader.waitForTransactionReceipt({ hash: short })).status).toBe("reverted");
    });

    it("with the state and the block overridden", async () => {
      const { reader, address, probe } = world;
      const held = await reader.readContract({
        address,
        abi: probeAbi,
        functionName: "total",
        stateOverride: [
          {
            address,
            stateDiff: [{ slot: numberToHex(1, { size: 32 }), value: numberToHex(77, { size: 32 }) }],
          },
        ],
      });
      expect(held).toBe(77n);
      expect(await probe.read.total()).not.toBe(77n);
      // NUMBER, TIMESTAMP and their sum returned: code that is nowhere on the chain.
      const nowhere = keyOf("an address without code").account.address;
      const { data } = await reader.call({
        to: nowhere,
        stateOverride: [{ address: nowhere, code: "0x4342015f5260205ff3" }],
        blockOverrides: { number: 1000n, time: 234n },
      });
      expect(BigInt(data ?? "0x")).toBe(1234n);
    });

    it("fees: price, tip, history, and what they come to in a transaction", async () => {
      const { reader } = world;
      const [block, price, fees] = await Promise.all([
        reader.getBlock(),
        reader.getGasPrice(),
        reader.estimateFeesPerGas(),
      ]);
      expect(price).toBeGreaterThanOrEqual(block.baseFeePerGas ?? 0n);
      expect(fees.maxFeePerGas).toBeGreaterThan(fees.maxPriorityFeePerGas);
      expect(await reader.estimateMaxPriorityFeePerGas()).toBeGreaterThanOrEqual(0n);
      const history = await reader.getFeeHistory({ blockCount: 3, rewardPercentiles: [10, 90] });
      expect(history.baseFeePerGas).toHaveLength(4);
      expect(history.reward).toHaveLength(3);
      const oldest = await reader.getBlock({ blockNumber: history.oldestBlock });
      expect(history.baseFeePerGas[0]).toBe(oldest.baseFeePerGas);
      expect(await reader.getBlobBaseFee()).toBe(1n);
    });

    it("an access list, and the gas with it", async () => {
      const { reader, wallet, account, address, mined } = world;
      const data = encodeFunctionData({ abi: probeAbi, functionName: "move", args: [zeroAddress, 1n] });
      const { accessList, gasUsed } = await reader.createAccessList({ account, to: address, data });
      expect(accessList.map((entry) => getAddress(entry.address))).toEqual([getAddress(address)]);
      expect(accessList[0]?.storageKeys).toHaveLength(2);
      const receipt = await mined(await wallet.sendTransaction({ to: address, data, accessList }));
      expect(receipt.gasUsed).toBe(gasUsed);
    });

    it("proofs that hold against the header's state root", async () => {
      const { reader, address } = world;
      const block = await reader.getBlock();
      const slots = [numberToHex(1, { size: 32 }), numberToHex(9, { size: 32 })];
      const proof = await reader.getProof({ address, storageKeys: slots, blockNumber: block.number });
      expect(await proofFault(block.stateRoot, proof)).toBeUndefined();
      expect(proof.storageProof.map(({ value }) => value > 0n)).toEqual([true, false]);
      const wrong = { ...proof, balance: proof.balance + 1n };
      expect(await proofFault(block.stateRoot, wrong)).toMatch("the account is");
    });

    it("simulates calls one on the other, in blocks", async () => {
      const { reader, account, address } = world;
      const call = { to: address, abi: probeAbi } as const;
      const { results, assetChanges } = await reader.simulateCalls({
        account,
        traceAssetChanges: true,
        calls: [
          { ...call, functionName: "deposit", value: parseEther("5") },
          { ...call, functionName: "held", args: [account.address] },
          { ...call, functionName: "refuse" },
        ],
      });
      expect(results.map(({ status }) => status)).toEqual(["success", "success", "failure"]);
      expect(results[1]?.result).toBeGreaterThanOrEqual(parseEther("5"));
      expect(assetChanges).toMatchObject([{ token: { symbol: "ETH" }, value: { diff: -parseEther("5") } }]);
      const head = await reader.getBlockNumber();
      const blocks = await reader.simulateBlocks({
        blocks: [
          { calls: [{ ...call, account, functionName: "deposit", value: 3n }] },
          { calls: [{ ...call, functionName: "total" }] },
        ],
      });
      expect(blocks.map(({ number }) => number)).toEqual([head + 1n, head + 2n]);
      expect(blocks[1]?.calls[0]?.result).toBe((await world.probe.read.total()) + 3n);
    });
  });
}
