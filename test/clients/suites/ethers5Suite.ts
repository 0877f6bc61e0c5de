import { BigNumber, type Contract, ContractFactory, constants, errors, providers, Wallet } from "ethers-v5";
import { parseEther, parseGwei } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../clientsNode.ts";
import { probeAbi } from "../contracts/probe.ts";
import { rawProof } from "../proof.ts";
import { caught } from "./caught.ts";
import { signDelegation } from "./signDelegation.ts";

const { AddressZero } = constants;
const ether = (amount: string) => BigNumber.from(parseEther(amount));
const gwei = (amount: string) => BigNumber.from(parseGwei(amount));

/** A contract's method by name: ethers 5 types contracts as anything. */
function method(contract: Contract, name: string): (...args: unknown[]) => Promise<never> {
  const found = contract[name];
  if (typeof found !== "function") throw new TypeError(`the contract has no ${name}`);
  return found;
}

export function ethers5Suite(node: () => ClientsNode): void {
  describe("ethers 5", () => {
    let provider: providers.JsonRpcProvider;
    let wallet: Wallet;
    let probe: Contract;
    const send = async (name: string, ...args: unknown[]): Promise<providers.TransactionReceipt> => {
      const sent: providers.TransactionResponse = await method(probe, name)(...args);
      return sent.wait();
    };

    beforeAll(async () => {
      const { privateKey } = await node().funded("ethers 5");
      provider = new providers.JsonRpcProvider(node().rpcUrl);
      provider.pollingInterval = 50;
      wallet = new Wallet(privateKey, provider);
      const abi = JSON.stringify(probeAbi);
      probe = await new ContractFactory(abi, node().probeBytecode, wallet).deploy("ethers five");
      await probe.deployed();
      await send("deposit", { value: ether("1") });
    });
    afterAll(() => provider.removeAllListeners());

    it("sends types 0, 1 and 2 by its own estimates, and reads back what it sent", async () => {
      expect(await provider.getNetwork()).toMatchObject({ chainId: CHAIN_ID });
      const gasPrice = await provider.getGasPrice();
      const accessList = [{ address: probe.address, storageKeys: [`0x${"0".repeat(63)}1`] }];
      for (const fields of [
        { type: 0, gasPrice },
        { type: 1, gasPrice, accessList },
        { type: 2, accessList },
      ]) {
        const before = await provider.getBalance(wallet.address);
        const receipt = await send("deposit", { value: 5, ...fields });
        expect(receipt).toMatchObject({
          status: 1,
          type: fields.type,
          from: wallet.address,
          to: probe.address,
        });
        const fee = receipt.gasUsed.mul(receipt.effectiveGasPrice);
        const after = await provider.getBalance(wallet.address);
        expect(after.toString()).toBe(before.sub(fee).sub(5).toString());
        const read = await provider.getTransaction(receipt.transactionHash);
        expect(read).toMatchObject({ type: fields.type, chainId: CHAIN_ID, from: wallet.address });
        const block = await provider.getBlockWithTransactions(receipt.blockHash);
        expect(block.transactions[receipt.transactionIndex]).toMatchObject({ hash: receipt.transactionHash });
      }
    });

    it("passes type 4 on, which it cannot sign, and reads its receipt", async () => {
      const owner = keyOf("ethers 5 delegates");
      const raw = await signDelegation(node(), owner, `0x${probe.address.slice(2)}`);
      const hash = String(await provider.send("eth_sendRawTransaction", [raw]));
      expect(await provider.waitForTransaction(hash)).toMatchObject({ status: 1, type: 4 });
      expect(await provider.getCode(owner.account.address)).toMatch(/^0xef0100/);
    });

    it("keeps many pending, in order", async () => {
      const nonce = await wallet.getTransactionCount("pending");
      const sent = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          wallet.sendTransaction({ to: AddressZero, value: 1, nonce: nonce + 11 - index, gasLimit: 21_000 }),
        ),
      );
      const receipts = await Promise.all(sent.map((one) => one.wait()));
      expect(receipts.map(({ status }) => status)).toEqual(sent.map(() => 1));
      expect(await wallet.getTransactionCount()).toBe(nonce + 12);
    });

    it("reads calls, estimates, fees, an access list and a proof", async () => {
      const before = await provider.getBlockNumber();
      const receipt = await send("move", AddressZero, 3);
      const estimate: BigNumber = (await probe.estimateGas["move"]?.(AddressZero, 3)) ?? BigNumber.from(0);
      expect(estimate.gte(receipt.gasUsed.sub(17_100))).toBe(true);
      expect(await method(probe, "name")()).toBe("ethers five");
      expect(String(await method(probe, "held")(AddressZero))).toBe("3");
      expect(String(await method(probe, "held")(AddressZero, { blockTag: before }))).toBe("0");
      const fees = await provider.getFeeData();
      expect(fees.maxFeePerGas?.gt(fees.lastBaseFeePerGas ?? 0)).toBe(true);
      const data = probe.interface.encodeFunctionData("move", [AddressZero, 1]);
      const wish = { from: wallet.address, to: probe.address, data };
      const list = await provider.send("eth_createAccessList", [wish, "latest"]);
      const sent = await wallet.sendTransaction({ ...wish, type: 2, accessList: list.accessList });
      expect((await sent.wait()).gasUsed.toHexString()).toBe(BigNumber.from(list.gasUsed).toHexString());
      const block = await provider.send("eth_getBlockByNumber", ["latest", false]);
      const slots = [`0x${"0".repeat(63)}1`];
      const proof = await provider.send("eth_getProof", [probe.address, slots, block.number]);
      expect(await rawProof(block.stateRoot, proof)).toBeUndefined();
    });

    it("names the errors of contracts and of the pool", async () => {
      const most = ether("9");
      const move = caught(probe.callStatic["move"]?.(AddressZero, most) ?? Promise.resolve());
      expect(await move).toMatchObject({ code: errors.CALL_EXCEPTION, errorName: "NotEnough" });
      expect(await move).toMatchObject({ errorArgs: { who: wallet.address, asked: most } });
      expect(await caught(method(probe, "refuse")())).toMatchObject({ reason: "not today" });
      const estimate = caught(probe.estimateGas["refuse"]?.() ?? Promise.resolve());
      expect(await estimate).toMatchObject({ code: errors.UNPREDICTABLE_GAS_LIMIT });
      const failed = await caught(send("move", AddressZero, most, { gasLimit: 100_000 }));
      expect(failed).toMatchObject({ code: errors.CALL_EXCEPTION, receipt: { status: 0 } });
      const poor = new Wallet(keyOf("ethers 5 owns nothing").privateKey, provider);
      const wish = { to: wallet.address, value: 1, gasLimit: 21_000 };
      expect(await caught(poor.sendTransaction(wish))).toMatchObject({ code: errors.INSUFFICIENT_FUNDS });
      const expired = caught(wallet.sendTransaction({ ...wish, nonce: 0 }));
      expect(await expired).toMatchObject({ code: errors.NONCE_EXPIRED });
      const nonce = await wallet.getTransactionCount();
      const fees = { maxFeePerGas: gwei("2"), maxPriorityFeePerGas: gwei("1") };
      const later = await wallet.sendTransaction({ ...wish, ...fees, nonce: nonce + 1 });
      const cheap = caught(wallet.sendTransaction({ ...wish, ...fees, value: 2, nonce: nonce + 1 }));
      expect(await cheap).toMatchObject({ code: errors.REPLACEMENT_UNDERPRICED });
      await wallet.sendTransaction({ ...wish, ...fees, nonce });
      expect((await later.wait()).status).toBe(1);
      const named = caught(wallet.sendTransaction({ to: "nobody.eth" }));
      expect(await named).toMatchObject({ code: errors.UNSUPPORTED_OPERATION });
    });

    it("tells of events by range, by polling and over a WebSocket", async () => {
      const socket = new providers.WebSocketProvider(node().wsUrl);
      const pushed: string[] = [];
      const polled: string[] = [];
      const noting = (into: string[]) => (_from: string, _to: string, amount: BigNumber) =>
        into.push(amount.toString());
      probe.connect(socket).on("Moved", noting(pushed));
      probe.connect(provider).on("Moved", noting(polled));
      await expect
        .poll(async () => {
          await send("move", AddressZero, 1);
          return Math.min(pushed.length, polled.length);
        })
        .toBeGreaterThan(0);
      const from = (await send("move", AddressZero, 21)).blockNumber;
      await send("move", AddressZero, 22);
      await expect.poll(() => pushed.slice(-2)).toEqual(["21", "22"]);
      await expect.poll(() => polled.slice(-2)).toEqual(["21", "22"]);
      const logs = await probe.queryFilter("Moved", from);
      expect(logs.map(({ args }) => String(args?.["amount"]))).toEqual(["21", "22"]);
      provider.removeAllListeners();
      await socket.destroy();
    });
  });
}
