import { createTestClient, getAddress, http, pad, parseEther, publicActions, walletActions } from "viem";
import { describe, expect, it } from "vitest";
import type { ClientsNode } from "../clientsNode.ts";
import { caught } from "./caught.ts";
import { viemChain } from "./viemSuite.ts";

const WHALE = getAddress(`0x${"7a".repeat(20)}`);
const PAYEE = getAddress(`0x${"7b".repeat(20)}`);
const COLLECTOR = getAddress(`0x${"7c".repeat(20)}`);
/** NUMBER and TIMESTAMP, stored in slots 0 and 1. */
const RECORDER = "0x435f5542600155";

function testClient(node: ClientsNode, mode: "anvil" | "hardhat") {
  const options = { mode, chain: viemChain(node.rpcUrl), pollingInterval: 20, cacheTime: 0 } as const;
  return createTestClient({ ...options, transport: http(node.rpcUrl) })
    .extend(publicActions)
    .extend(walletActions);
}

export function viemDevSuite(node: () => ClientsNode): void {
  describe.each(["anvil", "hardhat"] as const)("viem's test client, mode %s", (mode) => {
    const client = () => testClient(node(), mode);

    it("sets balance, code, nonce and storage, and takes it all back", async () => {
      const dev = client();
      const [id, head] = [await dev.snapshot(), await dev.getBlock()];
      await dev.setBalance({ address: WHALE, value: parseEther("3") });
      await dev.setNonce({ address: WHALE, nonce: 7 });
      await dev.setCode({ address: PAYEE, bytecode: RECORDER });
      await dev.setStorageAt({ address: PAYEE, index: 5, value: pad("0x2a") });
      expect(await dev.getBalance({ address: WHALE })).toBe(parseEther("3"));
      expect(await dev.getTransactionCount({ address: WHALE })).toBe(7);
      expect(await dev.getCode({ address: PAYEE })).toBe(RECORDER);
      expect(await dev.getStorageAt({ address: PAYEE, slot: "0x5" })).toBe(pad("0x2a"));
      await dev.revert({ id });
      expect(await dev.getBlock()).toEqual(head);
      expect(await dev.getBalance({ address: WHALE })).toBe(0n);
      expect(await dev.getTransactionCount({ address: WHALE })).toBe(0);
      expect(await dev.getCode({ address: PAYEE })).toBeUndefined();
      expect(await dev.getStorageAt({ address: PAYEE, slot: "0x5" })).toBe(pad("0x"));
    });

    it("sends as an account that nobody has the key of", async () => {
      const dev = client();
      const id = await dev.snapshot();
      const wish = { account: WHALE, to: PAYEE, value: parseEther("1") };
      await dev.setBalance({ address: WHALE, value: parseEther("3") });
      await dev.impersonateAccount({ address: WHALE });
      const hash = await dev.sendTransaction(wish);
      const receipt = await dev.waitForTransactionReceipt({ hash });
      expect(receipt).toMatchObject({ status: "success", from: WHALE.toLowerCase() });
      expect(await dev.getBalance({ address: PAYEE })).toBe(parseEther("1"));
      const fee = receipt.gasUsed * receipt.effectiveGasPrice;
      expect(await dev.getBalance({ address: WHALE })).toBe(parseEther("2") - fee);
      await dev.stopImpersonatingAccount({ address: WHALE });
      expect(await caught(dev.sendTransaction(wish))).toMatchObject({ name: "TransactionExecutionError" });
      await dev.revert({ id });
      expect(await caught(dev.getTransactionReceipt({ hash }))).toMatchObject({
        name: "TransactionReceiptNotFoundError",
      });
    });

    it("mines, moves the clock, and sets what the next block is", async () => {
      const dev = client();
      const [id, start] = [await dev.snapshot(), await dev.getBlock()];
      await dev.increaseTime({ seconds: 3600 });
      await dev.mine({ blocks: 3 });
      const later = await dev.getBlock();
      expect(later.number).toBe(start.number + 3n);
      expect(later.timestamp).toBeGreaterThanOrEqual(start.timestamp + 3600n);
      await dev.setNextBlockTimestamp({ timestamp: later.timestamp + 1000n });
      await dev.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_234_567_890n });
      await dev.setCoinbase({ address: COLLECTOR });
      await dev.mine({ blocks: 1 });
      expect(await dev.getBlock()).toMatchObject({
        timestamp: later.timestamp + 1000n,
        baseFeePerGas: 1_234_567_890n,
        miner: COLLECTOR.toLowerCase(),
      });
      // Two blocks, the second an hour by the clock after the first.
      await dev.mine({ blocks: 2, interval: 3600 });
      const [last, previous] = [await dev.getBlock(), await dev.getBlock({ blockNumber: start.number + 5n })];
      expect(last.timestamp - previous.timestamp).toBeGreaterThanOrEqual(3600n);
      expect(last.timestamp - previous.timestamp).toBeLessThan(3660n);
      await dev.setCoinbase({ address: start.miner });
      await dev.revert({ id });
    });

    it("lets transactions wait, tells of them, drops one, and mines the rest in order", async () => {
      const dev = client();
      const [account] = await dev.getAddresses();
      if (account === undefined) throw new TypeError("the node has no accounts");
      const id = await dev.snapshot();
      await dev.setCode({ address: PAYEE, bytecode: RECORDER });
      await dev.setAutomine(false);
      expect(await dev.getAutomine()).toBe(false);
      const nonce = await dev.getTransactionCount({ address: account });
      const wish = { account, to: PAYEE, gas: 100_000n };
      const hashes = [0, 1, 2].map((offset) => dev.sendTransaction({ ...wish, nonce: nonce + offset }));
      const [first, second, third] = await Promise.all(hashes);
      if (first === undefined || second === undefined || third === undefined) throw new TypeError("not sent");
      expect(await dev.getTxpoolStatus()).toEqual({ pending: 3, queued: 0 });
      expect(Object.keys((await dev.getTxpoolContent()).pending)).toEqual([getAddress(account)]);
      expect((await dev.inspectTxpool()).pending).toHaveProperty(getAddress(account));
      expect(await dev.getTransactionCount({ address: account, blockTag: "pending" })).toBe(nonce + 3);
      await dev.dropTransaction({ hash: third });
      await dev.mine({ blocks: 1 });
      const block = await dev.getBlock();
      expect(block.transactions).toEqual([first, second]);
      expect(await dev.getStorageAt({ address: PAYEE, slot: "0x0" })).toBe(
        pad(`0x${block.number.toString(16)}`),
      );
      expect(await caught(dev.getTransaction({ hash: third }))).toMatchObject({
        name: "TransactionNotFoundError",
      });
      await dev.setAutomine(true);
      await dev.revert({ id });
      expect(await dev.getTransactionCount({ address: account })).toBe(nonce);
    });
  });
}
