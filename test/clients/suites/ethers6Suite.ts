import {
  Contract,
  ContractFactory,
  type ContractRunner,
  isError,
  JsonRpcProvider,
  NonceManager,
  type TransactionRequest,
  Wallet,
  WebSocketProvider,
  ZeroAddress,
  zeroPadValue,
} from "ethers";
import { parseEther, parseGwei } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../clientsNode.ts";
import { probeAbi } from "../contracts/probe.ts";
import { rawProof } from "../proof.ts";
import { caught } from "./caught.ts";

/** A contract's function by name: ethers types its contracts only by their code. */
const call = (contract: Contract, name: string) => contract.getFunction(name);

export function ethers6Suite(node: () => ClientsNode): void {
  describe("ethers 6", () => {
    let provider: JsonRpcProvider;
    let wallet: Wallet;
    let probe: Contract;
    let address: string;
    const at = (runner: ContractRunner) => new Contract(address, probeAbi, runner);

    beforeAll(async () => {
      const { privateKey } = await node().funded("ethers 6");
      provider = new JsonRpcProvider(node().rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 });
      wallet = new Wallet(privateKey, provider);
      const factory = new ContractFactory(probeAbi, node().probeBytecode, wallet);
      const deployed = await factory.deploy("ethers");
      await deployed.waitForDeployment();
      address = await deployed.getAddress();
      probe = at(wallet);
      await (await call(probe, "deposit").send({ value: parseEther("1") })).wait();
    });
    afterAll(() => provider.destroy());

    it("sends types 0, 1 and 2 by its own estimates, and reads back what it sent", async () => {
      expect(await provider.getNetwork()).toMatchObject({ chainId: BigInt(CHAIN_ID) });
      const accessList = [{ address, storageKeys: [zeroPadValue("0x01", 32)] }];
      for (const fields of [{ type: 0 }, { type: 1, accessList }, { type: 2, accessList }]) {
        const before = await provider.getBalance(wallet.address);
        const sent = await call(probe, "deposit").send({ value: 5n, ...fields });
        const receipt = await sent.wait();
        if (receipt === null) throw new TypeError("no receipt");
        expect(receipt).toMatchObject({ status: 1, type: fields.type, from: wallet.address, to: address });
        expect(await provider.getBalance(wallet.address)).toBe(before - 5n - receipt.fee);
        const read = await provider.getTransaction(sent.hash);
        expect(read).toMatchObject({ ...fields, value: 5n, chainId: BigInt(CHAIN_ID), nonce: sent.nonce });
        const block = await provider.getBlock(receipt.blockNumber, true);
        expect(block?.prefetchedTransactions[receipt.index]).toMatchObject({ hash: sent.hash });
        expect(block?.hash).toBe(receipt.blockHash);
      }
    });

    it("sends type 4: an account that runs the probe's code on its own storage", async () => {
      const owner = new Wallet(keyOf("ethers 6 delegates").privateKey, provider);
      const authorization = await owner.authorize({ address, chainId: CHAIN_ID, nonce: 0 });
      const data = probe.interface.encodeFunctionData("deposit");
      const fields = { type: 4, to: owner.address, data, value: 7n, authorizationList: [authorization] };
      const sent = await wallet.sendTransaction(fields);
      expect(await sent.wait()).toMatchObject({ status: 1, type: 4 });
      const read = await provider.getTransaction(sent.hash);
      expect(read?.authorizationList).toMatchObject([{ address, chainId: BigInt(CHAIN_ID), nonce: 0n }]);
      expect(await provider.getCode(owner.address)).toBe(`0xef0100${address.slice(2).toLowerCase()}`);
      expect(BigInt(await provider.getStorage(owner.address, 1))).toBe(7n);
    });

    it("keeps many pending by its nonce manager, in order", async () => {
      const manager = new NonceManager(wallet);
      const first = await manager.getNonce();
      const sent = await Promise.all(
        Array.from({ length: 12 }, () => manager.sendTransaction({ to: ZeroAddress, value: 1n })),
      );
      const receipts = await Promise.all(sent.map((one) => one.wait()));
      expect(receipts.map((receipt) => receipt?.status)).toEqual(sent.map(() => 1));
      expect(sent.map(({ nonce }) => nonce).sort((a, b) => a - b)).toEqual(sent.map((_, i) => first + i));
    });

    it("reads calls, estimates and fees, now and at an old block", async () => {
      const before = await provider.getBlockNumber();
      const gas = await call(probe, "move").estimateGas(ZeroAddress, 3n);
      const sent = await call(probe, "move").send(ZeroAddress, 3n, { gasLimit: gas });
      expect((await sent.wait())?.gasUsed).toBeLessThanOrEqual(gas);
      expect(await call(probe, "name").staticCall()).toBe("ethers");
      expect(await call(probe, "held").staticCall(ZeroAddress)).toBe(3n);
      expect(await call(probe, "held").staticCall(ZeroAddress, { blockTag: before })).toBe(0n);
      const fees = await provider.getFeeData();
      const block = await provider.getBlock("latest");
      expect(fees.maxFeePerGas).toBeGreaterThan(block?.baseFeePerGas ?? 0n);
      expect(fees.gasPrice).toBeGreaterThan(0n);
    });

    it("asks for an access list and a proof, which holds", async () => {
      const data = probe.interface.encodeFunctionData("move", [ZeroAddress, 1n]);
      const wish: TransactionRequest = { from: wallet.address, to: address, data };
      const list = await provider.send("eth_createAccessList", [wish, "latest"]);
      const sent = await wallet.sendTransaction({ ...wish, type: 2, accessList: list.accessList });
      expect((await sent.wait())?.gasUsed).toBe(BigInt(list.gasUsed));
      const block = await provider.getBlock("latest");
      const tag = `0x${(block?.number ?? 0).toString(16)}`;
      const proof = await provider.send("eth_getProof", [address, [zeroPadValue("0x01", 32)], tag]);
      expect(await rawProof(String(block?.stateRoot), proof)).toBeUndefined();
    });

    it("names the errors of contracts", async () => {
      const attempts = [
        call(probe, "move").staticCall(ZeroAddress, parseEther("9")),
        call(probe, "move").estimateGas(ZeroAddress, parseEther("9")),
      ];
      for (const attempt of attempts) {
        const error = await caught(attempt);
        if (!isError(error, "CALL_EXCEPTION")) throw error;
        const parsed = probe.interface.parseError(error.data ?? "0x");
        expect(parsed?.name).toBe("NotEnough");
        expect(parsed?.args.toArray().slice(0, 2)).toEqual([wallet.address, parseEther("9")]);
      }
      expect(await caught(call(probe, "refuse").staticCall())).toMatchObject({
        code: "CALL_EXCEPTION",
        reason: "not today",
      });
      const sent = await call(probe, "move").send(ZeroAddress, parseEther("9"), { gasLimit: 100_000n });
      expect(await caught(sent.wait())).toMatchObject({ code: "CALL_EXCEPTION", receipt: { status: 0 } });
    });

    it("names the errors of the pool", async () => {
      const poor = new Wallet(keyOf("ethers 6 owns nothing").privateKey, provider);
      const wish = { to: wallet.address, value: 1n, gasLimit: 21_000n };
      expect(await caught(poor.sendTransaction(wish))).toMatchObject({ code: "INSUFFICIENT_FUNDS" });
      const expired = wallet.sendTransaction({ ...wish, nonce: 0 });
      expect(await caught(expired)).toMatchObject({ code: "NONCE_EXPIRED" });
      const nonce = await wallet.getNonce();
      const fees = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: parseGwei("1") };
      const later = await wallet.sendTransaction({ ...wish, ...fees, nonce: nonce + 1 });
      const cheap = wallet.sendTransaction({ ...wish, ...fees, value: 2n, nonce: nonce + 1 });
      expect(await caught(cheap)).toMatchObject({ code: "REPLACEMENT_UNDERPRICED" });
      await wallet.sendTransaction({ ...wish, ...fees, nonce });
      expect(await later.wait()).toMatchObject({ status: 1 });
      expect(await provider.getTransactionReceipt(`0x${"00".repeat(32)}`)).toBeNull();
      expect(await provider.getBlock(10 ** 9)).toBeNull();
      const named = wallet.sendTransaction({ to: "nobody.eth" });
      expect(await caught(named)).toMatchObject({ code: "UNSUPPORTED_OPERATION" });
    });

    it("tells of events by range, by polled filters and over a WebSocket", async () => {
      const from = await provider.getBlockNumber();
      const socket = new WebSocketProvider(node().wsUrl);
      const heads: number[] = [];
      const polled: bigint[] = [];
      const pushed: bigint[] = [];
      const noting = (into: bigint[]) => (_from: string, _to: string, amount: bigint) => into.push(amount);
      await socket.on("block", (block: number) => heads.push(block));
      await at(socket).on("Moved", noting(pushed));
      await at(provider).on("Moved", noting(polled));
      // Both listen once they have told of one.
      await expect
        .poll(async () => {
          await (await call(probe, "move").send(ZeroAddress, 1n)).wait();
          return Math.min(polled.length, pushed.length, heads.length);
        })
        .toBeGreaterThan(0);
      const sent: string[] = [];
      for (const amount of [21n, 22n]) {
        const receipt = await (await call(probe, "move").send(ZeroAddress, amount)).wait();
        sent.push(String(receipt?.hash));
      }
      await expect.poll(() => polled.slice(-2)).toEqual([21n, 22n]);
      await expect.poll(() => pushed.slice(-2)).toEqual([21n, 22n]);
      const logs = await probe.queryFilter("Moved", from);
      expect(logs.slice(-2).map(({ transactionHash }) => transactionHash)).toEqual(sent);
      expect(heads).toEqual(heads.toSorted((a, b) => a - b));
      await provider.removeAllListeners();
      await socket.destroy();
      // It takes its filter down in the background, and may not be destroyed before that.
      await provider.send("eth_blockNumber", []);
    });
  });
}
