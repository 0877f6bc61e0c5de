import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  nonceManager,
  pad,
  parseGwei,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../../clientsNode.ts";
import { probeAbi } from "../../contracts/probe.ts";
import { type ViemProbe, viemProbe } from "./viemProbe.ts";

const deposit = encodeFunctionData({ abi: probeAbi, functionName: "deposit" });

export function viemSends(node: () => ClientsNode): void {
  describe("sends", () => {
    let world: ViemProbe;
    beforeAll(async () => {
      world = await viemProbe(node(), "viem sends");
    });

    it("types 0, 1 and 2 by its own estimates, and reads back what it sent", async () => {
      const { reader, wallet, address, account, mined } = world;
      const accessList = [{ address, storageKeys: [pad("0x1")] }];
      const gasPrice = await reader.getGasPrice();
      const call = { to: address, data: deposit, value: 3n };
      const kinds = {
        legacy: () => wallet.sendTransaction({ ...call, type: "legacy", gasPrice }),
        eip2930: () => wallet.sendTransaction({ ...call, type: "eip2930", gasPrice, accessList }),
        eip1559: () => wallet.sendTransaction({ ...call, type: "eip1559", accessList }),
      };
      for (const [type, send] of Object.entries(kinds)) {
        const hash = await send();
        const receipt = await mined(hash);
        expect(receipt).toMatchObject({ type, from: account.address.toLowerCase(), to: address });
        const sent = await reader.getTransaction({ hash });
        expect(sent).toMatchObject({ type, hash, value: 3n, chainId: CHAIN_ID, input: deposit });
        if (type !== "legacy") expect(sent.accessList).toEqual([{ ...accessList[0], address }]);
        const { blockHash, blockNumber, transactionIndex: index } = receipt;
        expect(await reader.getTransaction({ blockHash, index })).toEqual(sent);
        expect(await reader.getTransaction({ blockNumber, index })).toEqual(sent);
        const block = await reader.getBlock({ blockHash, includeTransactions: true });
        expect(block.transactions[index]).toEqual(sent);
        expect(await reader.getBlockTransactionCount({ blockHash })).toBe(block.transactions.length);
        expect(await reader.getTransactionReceipt({ hash })).toEqual(receipt);
      }
    });

    it("type 4: an account that runs the probe's code on its own storage", async () => {
      const { reader, wallet, address, mined } = world;
      const owner = keyOf("viem delegates").account;
      const authorization = await wallet.signAuthorization({
        account: owner,
        contractAddress: address,
        nonce: 0,
      });
      const hash = await wallet.sendTransaction({
        to: owner.address,
        data: deposit,
        value: 5n,
        authorizationList: [authorization],
      });
      expect((await mined(hash)).type).toBe("eip7702");
      expect(await reader.getCode({ address: owner.address })).toBe(`0xef0100${address.slice(2)}`);
      expect(await reader.getDelegation({ address: owner.address })).toMatch(new RegExp(address, "i"));
      expect(await reader.getStorageAt({ address: owner.address, slot: "0x1" })).toBe(pad("0x5"));
      expect(await reader.getTransactionCount({ address: owner.address })).toBe(1);
    });

    it("several pending, by viem's nonce manager and out of order", async () => {
      const { reader, wallet, address, mined } = world;
      const { privateKey } = await node().funded("viem nonces");
      const account = privateKeyToAccount(privateKey, { nonceManager });
      const own = createWalletClient({ account, chain: wallet.chain, transport: http(node().rpcUrl) });
      const hashes = await Promise.all(
        Array.from({ length: 12 }, () => own.sendTransaction({ to: address, data: deposit, gas: 200_000n })),
      );
      for (const hash of hashes) await mined(hash);
      const nonces = await Promise.all(
        hashes.map(async (hash) => (await reader.getTransaction({ hash })).nonce),
      );
      expect(nonces.toSorted((a, b) => a - b)).toEqual(nonces.map((_, index) => index));
      const [second, first] = [
        await own.sendTransaction({ to: address, value: 0n, data: deposit, gas: 200_000n, nonce: 13 }),
        await own.sendTransaction({ to: address, value: 0n, data: deposit, gas: 200_000n, nonce: 12 }),
      ];
      expect((await mined(first)).blockNumber).toBeLessThanOrEqual((await mined(second)).blockNumber);
      expect(await reader.getTransactionCount({ address: account.address, blockTag: "pending" })).toBe(14);
    });

    it("and waits for the receipt in one request", async () => {
      const { wallet, address } = world;
      const receipt = await wallet.sendTransactionSync({ to: address, data: deposit, value: 1n });
      expect(receipt).toMatchObject({ status: "success", to: address, type: "eip1559" });
    });

    it("replaces a waiting transaction, and says so", async () => {
      const { reader, wallet, mined } = world;
      const { account } = await node().funded("viem replaces");
      const fees = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: parseGwei("1") };
      const doubled = { maxFeePerGas: parseGwei("4"), maxPriorityFeePerGas: parseGwei("2") };
      const own = createWalletClient({ account, chain: wallet.chain, transport: http(node().rpcUrl) });
      const wish = { to: account.address, gas: 21_000n };
      // A gap before it keeps it waiting.
      const old = await own.sendTransaction({ ...wish, ...fees, nonce: 1 });
      expect(await reader.getTransaction({ hash: old })).toMatchObject({ blockHash: null, nonce: 1 });
      const asked: string[] = [];
      const onFetchResponse = async (response: Response) => void asked.push(await response.clone().text());
      const watching = createPublicClient({
        transport: http(node().rpcUrl, { onFetchResponse }),
        pollingInterval: 50,
      });
      const reasons: string[] = [];
      const waiting = watching.waitForTransactionReceipt({
        hash: old,
        onReplaced: ({ reason }) => reasons.push(reason),
      });
      // Only one who has seen the first can tell that the second replaced it.
      await expect.poll(() => asked.some((answer) => answer.includes(`"hash":"${old}"`))).toBe(true);
      const replacement = await own.sendTransaction({ ...wish, ...doubled, value: 1n, nonce: 1 });
      await mined(await own.sendTransaction({ ...wish, ...fees, nonce: 0 }));
      expect((await waiting).transactionHash).toBe(replacement);
      expect(reasons).toEqual(["replaced"]);
    });
  });
}
