import {
  Contract,
  ContractFactory,
  HDNodeWallet,
  id,
  isError,
  JsonRpcProvider,
  NonceManager,
  parseEther,
  Wallet,
  WebSocketProvider,
  zeroPadValue,
} from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { counterAbi, counterBytecode } from "../support/contracts/counter.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const TO = "0x00000000000000000000000000000000000000CC";

let node: TestNode;
let provider: JsonRpcProvider;
let wallet: Wallet;
let address: string;

beforeAll(async () => {
  node = await startTestNode();
  provider = new JsonRpcProvider(node.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 });
  const { privateKey } = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, "", "m/44'/60'/0'/0/3");
  wallet = new Wallet(privateKey, provider);
  const contract = await new ContractFactory(counterAbi, counterBytecode(), wallet).deploy();
  await contract.waitForDeployment();
  address = await contract.getAddress();
}, 60_000);
afterAll(async () => {
  provider.destroy();
  await node.stop();
});

function counter(): { contract: Contract; bumpData(amount: bigint): string } {
  const contract = new Contract(address, counterAbi, wallet);
  return { contract, bumpData: (amount) => contract.interface.encodeFunctionData("bump", [amount]) };
}

const read = async (blockTag?: number): Promise<bigint> =>
  counter()
    .contract.getFunction("count")
    .staticCall(blockTag === undefined ? {} : { blockTag });

describe("ethers sends", () => {
  it("types 0, 1 and 2 by its own estimates, and reads back what it sent", async () => {
    const accessList = [{ address, storageKeys: [zeroPadValue("0x00", 32)] }];
    for (const fields of [{ type: 0 }, { type: 1, accessList }, { type: 2, accessList }]) {
      const before = await read();
      const sent = await wallet.sendTransaction({
        to: address,
        data: counter().bumpData(4n),
        value: 2n,
        ...fields,
      });
      const receipt = await sent.wait();
      expect(receipt).toMatchObject({ status: 1, type: fields.type, from: wallet.address, to: address });
      expect(await provider.getTransaction(sent.hash)).toMatchObject({
        type: fields.type,
        value: 2n,
        chainId: 7357n,
      });
      const block = await provider.getBlock(receipt?.blockNumber ?? -1, true);
      expect(block?.prefetchedTransactions[receipt?.index ?? -1]?.hash).toBe(sent.hash);
      expect(block?.hash).toBe(receipt?.blockHash);
      expect(await read()).toBe(before + 4n);
    }
    expect(await provider.getBalance(address)).toBe(6n);
  });

  it("type 4: an account that runs the counter's code on its own storage", async () => {
    const owner = new Wallet(id("an account that delegates"), provider);
    const authorization = await owner.authorize({ address, chainId: 7357, nonce: 0 });
    const fields = {
      type: 4,
      to: owner.address,
      data: counter().bumpData(9n),
      authorizationList: [authorization],
    };
    const receipt = await (await wallet.sendTransaction(fields)).wait();
    expect(receipt).toMatchObject({ status: 1, type: 4 });
    expect(await provider.getCode(owner.address)).toBe(`0xef0100${address.slice(2).toLowerCase()}`);
    expect(BigInt(await provider.getStorage(owner.address, 0))).toBe(9n);
    expect(await provider.getTransactionCount(owner.address)).toBe(1);
  });

  it("many at once by a nonce manager, in order", async () => {
    const manager = new NonceManager(wallet);
    const first = await manager.getNonce();
    const sent = await Promise.all(
      Array.from({ length: 20 }, () => manager.sendTransaction({ to: TO, value: parseEther("0.01") })),
    );
    const receipts = await Promise.all(sent.map((one) => one.wait()));
    expect(receipts.every((receipt) => receipt?.status === 1)).toBe(true);
    expect(sent.map(({ nonce }) => nonce).sort((a, b) => a - b)).toEqual(sent.map((_, i) => first + i));
    expect(await provider.getBalance(TO)).toBe(parseEther("0.2"));
  });
});

describe("ethers reads", () => {
  it("a revert as the contract's own error, in a call and in an estimate", async () => {
    const bump = counter().contract.getFunction("bump");
    for (const attempt of [bump.staticCall(101n), bump.estimateGas(101n)]) {
      const error = await attempt.then(
        () => expect.unreachable("it did not revert"),
        (caught: unknown) => caught,
      );
      if (!isError(error, "CALL_EXCEPTION")) throw error;
      const data = error.data ?? "0x";
      const parsed = counter().contract.interface.parseError(data);
      expect([parsed?.name, parsed?.args.toArray()]).toEqual(["TooMuch", [101n, 100n]]);
    }
  });

  it("errors of the pool by their names", async () => {
    const poor = new Wallet(id("an account without ether"), provider);
    await expect(poor.sendTransaction({ to: TO, value: 1n, gasLimit: 21_000 })).rejects.toMatchObject({
      code: "INSUFFICIENT_FUNDS",
    });
    await expect(wallet.sendTransaction({ to: TO, nonce: 0, gasLimit: 21_000 })).rejects.toMatchObject({
      code: "NONCE_EXPIRED",
    });
  });

  it("the past and the logs", async () => {
    const before = await provider.getBlockNumber();
    const was = await read();
    const sent = await counter().contract.getFunction("bump").send(3n);
    const receipt = await sent.wait();
    expect(await read()).toBe(was + 3n);
    expect(await read(before)).toBe(was);
    const events = await counter().contract.queryFilter("Bumped", before + 1);
    expect(events).toMatchObject([{ transactionHash: sent.hash, blockNumber: receipt?.blockNumber }]);
    expect(await provider.getLogs({ address: TO, fromBlock: 0 })).toEqual([]);
  });
});

describe("ethers listens over a WebSocket", () => {
  it("to blocks, logs and pending transactions", async () => {
    const socket = new WebSocketProvider(node.wsUrl);
    const blocks: number[] = [];
    const logs: string[] = [];
    const pending: string[] = [];
    await socket.on("block", (number: number) => blocks.push(number));
    await socket.on({ address }, (log: { transactionHash: string }) => logs.push(log.transactionHash));
    await socket.on("pending", (hash: string) => pending.push(hash));
    await expect
      .poll(async () => {
        await (await wallet.sendTransaction({ to: TO, value: 1n })).wait();
        return blocks.length > 0 && pending.length > 0;
      })
      .toBe(true);
    const sent = await counter().contract.getFunction("bump").send(1n);
    const receipt = await sent.wait();
    await expect.poll(() => logs).toEqual([sent.hash]);
    await expect.poll(() => pending).toContain(sent.hash);
    await expect.poll(() => blocks).toContain(receipt?.blockNumber);
    await socket.destroy();
  });
});
