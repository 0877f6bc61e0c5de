import { parseEther, parseGwei, toHex, zeroAddress } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { Web3, WebSocketProvider } from "web3";
import { rpc } from "../../support/rpc.ts";
import { CHAIN_ID, type ClientsNode, type FundedKey, keyOf } from "../clientsNode.ts";
import { probeAbi } from "../contracts/probe.ts";
import { rawProof } from "../proof.ts";
import { caught } from "./caught.ts";
import { pooled } from "./pooled.ts";
import { signDelegation } from "./signDelegation.ts";

export function web3Suite(node: () => ClientsNode): void {
  describe("web3.js 4", () => {
    let web3: Web3;
    let key: FundedKey;
    let from: string;
    let address: string;
    const contract = (client = web3) => new client.eth.Contract(probeAbi, address);

    beforeAll(async () => {
      key = await node().funded("web3.js");
      web3 = new Web3(node().rpcUrl);
      web3.eth.transactionPollingInterval = 50;
      web3.eth.transactionReceiptPollingInterval = 50;
      web3.eth.wallet?.add(key.privateKey);
      from = key.account.address;
      const deployment = new web3.eth.Contract(probeAbi).deploy({
        data: node().probeBytecode,
        arguments: ["web3"],
      });
      const deployed = await deployment.send({ from, gas: String(await deployment.estimateGas({ from })) });
      address = String(deployed.options.address);
      await contract()
        .methods.deposit()
        .send({ from, value: String(parseEther("1")) });
    });

    it("sends types 0, 1 and 2, and reads back what it sent", async () => {
      expect(await web3.eth.getChainId()).toBe(BigInt(CHAIN_ID));
      const gasPrice = String(await web3.eth.getGasPrice());
      const accessList = [{ address, storageKeys: [toHex(1n, { size: 32 })] }];
      const data = contract().methods.deposit().encodeABI();
      const fees = { maxFeePerGas: parseGwei("3"), maxPriorityFeePerGas: parseGwei("1") };
      for (const [type, fields] of [
        [0n, { type: 0, gasPrice }],
        [1n, { type: 1, gasPrice, accessList }],
        [2n, { type: 2, ...fees, accessList }],
      ] as const) {
        const before = await web3.eth.getBalance(from);
        const wish = { from, to: address, data, value: 5, gas: 200_000, ...fields };
        const receipt = await web3.eth.sendTransaction(wish);
        const blockNumber = BigInt(receipt.blockNumber);
        expect(receipt).toMatchObject({ status: 1n, type, to: address.toLowerCase() });
        const fee = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice ?? 0n);
        expect(await web3.eth.getBalance(from)).toBe(before - fee - 5n);
        const read = await web3.eth.getTransaction(receipt.transactionHash);
        expect(read).toMatchObject({ type, value: 5n, input: data, nonce: expect.any(BigInt) });
        const block = await web3.eth.getBlock(String(receipt.blockHash), true);
        expect(block.transactions[Number(receipt.transactionIndex)]).toMatchObject({ hash: read.hash });
        expect(await web3.eth.getBlockTransactionCount(blockNumber)).toBe(BigInt(block.transactions.length));
        expect(await web3.eth.getTransactionReceipt(receipt.transactionHash)).toEqual(receipt);
      }
    });

    it("reads what type 4 did, which it can neither sign nor pass on", async () => {
      const owner = keyOf("web3.js delegates");
      const raw = await signDelegation(node(), owner, `0x${address.slice(2)}`);
      const { transactionHash } = (await rpc(node().rpcUrl, "eth_sendRawTransactionSync", [raw])) as {
        transactionHash: string;
      };
      expect(await web3.eth.getTransactionReceipt(transactionHash)).toMatchObject({ status: 1n, type: 4n });
      expect(await web3.eth.getTransaction(transactionHash)).toMatchObject({ type: 4n, value: 1n });
      expect(await web3.eth.getCode(owner.account.address)).toBe(`0xef0100${address.slice(2).toLowerCase()}`);
    });

    it("keeps many pending, in order", async () => {
      const nonce = Number(await web3.eth.getTransactionCount(from, "pending"));
      const gasPrice = parseGwei("3");
      const receipts = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          web3.eth.sendTransaction({
            from,
            to: zeroAddress,
            value: 1,
            gas: 21_000,
            gasPrice,
            nonce: nonce + index,
          }),
        ),
      );
      expect(receipts.map(({ status }) => status)).toEqual(receipts.map(() => 1n));
      expect(await web3.eth.getTransactionCount(from)).toBe(BigInt(nonce + 6));
    });

    it("reads calls, estimates, fees, an access list and a proof", async () => {
      const before = await web3.eth.getBlockNumber();
      const move = contract().methods.move(zeroAddress, 3);
      const gas = await move.estimateGas({ from });
      const receipt = await move.send({ from, gas: String(gas) });
      expect(receipt.gasUsed).toBeLessThanOrEqual(gas);
      expect(await contract().methods.name().call()).toBe("web3");
      const held = contract().methods.held(zeroAddress);
      expect(await held.call()).toBe(3n);
      expect(await held.call({}, before)).toBe(0n);
      expect(await web3.eth.getStorageAt(address, 1)).toBe(toHex(parseEther("1") + 15n, { size: 32 }));
      const fees = await web3.eth.calculateFeeData();
      expect(BigInt(fees.maxFeePerGas ?? 0)).toBeGreaterThan(0n);
      const history = await web3.eth.getFeeHistory(2, "latest", [50]);
      expect(history.baseFeePerGas).toHaveLength(3);
      const data = contract().methods.move(zeroAddress, 1).encodeABI();
      const list = await web3.eth.createAccessList({ from, to: address, data });
      expect(list?.accessList?.[0]?.storageKeys).toHaveLength(2);
      const block = await web3.eth.getBlock();
      const slot = toHex(1n, { size: 32 });
      const raw = await rpc(node().rpcUrl, "eth_getProof", [address, [slot], toHex(block.number)]);
      const wire = raw as Parameters<typeof rawProof>[1];
      expect(await rawProof(String(block.stateRoot), wire)).toBeUndefined();
      const proof = await web3.eth.getProof(`0x${address.slice(2)}`, [`0x${slot.slice(2)}`], block.number);
      expect(proof.storageProof[0]?.value).toBe(BigInt(wire.storageProof[0]?.value ?? 0));
    });

    it("names the errors of contracts and of the pool", async () => {
      const most = parseEther("9");
      const move = contract().methods.move(zeroAddress, most);
      const decoded = { innerError: { errorName: "NotEnough", errorArgs: { who: from, asked: most } } };
      expect(await caught(move.call({ from }))).toMatchObject(decoded);
      const refused = await caught(contract().methods.refuse().call());
      expect(refused).toMatchObject({ innerError: { message: "execution reverted: not today" } });
      const poor = web3.eth.accounts.privateKeyToAccount(keyOf("web3.js owns nothing").privateKey);
      const wish = { to: from, value: 1, gas: 21_000, gasPrice: parseGwei("3"), chainId: CHAIN_ID };
      const signed = async (signer: typeof poor, fields: object) => {
        const { rawTransaction } = await signer.signTransaction({ ...wish, ...fields });
        return web3.eth.sendSignedTransaction(rawTransaction, undefined, { checkRevertBeforeSending: false });
      };
      const own = web3.eth.accounts.privateKeyToAccount(key.privateKey);
      const worded = (text: RegExp) => ({ cause: { message: expect.stringMatching(text) } });
      expect(await caught(signed(poor, { nonce: 0 }))).toMatchObject(worded(/insufficient funds for gas/));
      expect(await caught(signed(own, { nonce: 0 }))).toMatchObject(worded(/nonce too low/));
      const nonce = Number(await web3.eth.getTransactionCount(from));
      const later = signed(own, { nonce: nonce + 1 });
      await expect.poll(() => pooled(node().rpcUrl, from)).toBe(1);
      const cheap = caught(signed(own, { nonce: nonce + 1, value: 2 }));
      expect(await cheap).toMatchObject(worded(/replacement transaction underpriced/));
      expect(await signed(own, { nonce })).toMatchObject({ status: 1n });
      expect(await later).toMatchObject({ status: 1n });
      expect(await web3.eth.getBlock(10 ** 9)).toBeNull();
      expect(await caught(web3.eth.ens.getAddress("nobody.eth"))).toMatchObject({ name: "AbiError" });
    });

    it("tells of heads and events over a WebSocket, and of past events", async () => {
      const client = new Web3(new WebSocketProvider(node().wsUrl));
      const amounts: bigint[] = [];
      const heads: bigint[] = [];
      const events = contract(client).events.Moved();
      events.on("data", ({ returnValues }) => void amounts.push(BigInt(String(returnValues["amount"]))));
      const blocks = await client.eth.subscribe("newBlockHeaders");
      blocks.on("data", ({ number }) => void heads.push(BigInt(number ?? 0)));
      const fromBlock = await web3.eth.getBlockNumber();
      await expect
        .poll(async () => {
          await contract().methods.move(zeroAddress, 1).send({ from });
          return Math.min(amounts.length, heads.length);
        })
        .toBeGreaterThan(0);
      for (const amount of [21, 22]) await contract().methods.move(zeroAddress, amount).send({ from });
      await expect.poll(() => amounts.slice(-2)).toEqual([21n, 22n]);
      const past = await contract().getPastEvents("Moved", { fromBlock, filter: { from } });
      const told = past.map((event) => (typeof event === "string" ? event : event.returnValues["amount"]));
      expect(told.slice(-2)).toEqual([21n, 22n]);
      expect(heads).toEqual(heads.toSorted((a, b) => Number(a - b)));
      await client.eth.clearSubscriptions();
      client.provider?.disconnect();
    });
  });
}
