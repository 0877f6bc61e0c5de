import { JsonRpcProvider, WebSocketProvider } from "ethers";
import { createPublicClient, http, type Log as ViemLog, webSocket } from "viem";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { bytesToHex, type Log } from "../../protocol/index.ts";
import { type Harness, signedTransfer, startHarness } from "./testing/rpcHarness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ blocks: 3, limits: { subscriptionsPerConnection: 3, filtersPerClient: 8 } });
});
afterAll(() => harness.stop());

const transferLog: Log = {
  address: new Uint8Array(20).fill(0xaa),
  topics: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  data: new Uint8Array([9]),
};
const viem = () => createPublicClient({ transport: http(harness.url) });
const wsUrl = () => harness.url.replace("http", "ws");

describe("viem", () => {
  it("reads chain, fees and accounts", async () => {
    const client = viem();
    expect(await client.getChainId()).toBe(7357);
    expect(await client.getBlockNumber()).toBe(BigInt(harness.chain.blocks.length - 1));
    expect(await client.getBalance({ address: "0x000000000000000000000000000000000000dead" })).toBe(0n);
    expect(await client.getCode({ address: "0x000000000000000000000000000000000000dead" })).toBeUndefined();
  });

  it("follows a transaction from the pool into a block", async () => {
    const client = viem();
    const { raw, transaction } = await signedTransfer(0);
    const hash = await client.sendRawTransaction({ serializedTransaction: raw });
    const pooled = await client.getTransaction({ hash });
    expect(pooled).toMatchObject({ blockHash: null, blockNumber: null, nonce: 0, gasPrice: 2_000_000_000n });
    expect((await harness.call("eth_getTransactionReceipt", hash)).result).toBeNull();
    const from = bytesToHex(transaction.sender);
    expect(await client.getTransactionCount({ address: from, blockTag: "pending" })).toBe(1);

    const block = await harness.mine({ transactions: [transaction], logs: [[transferLog, transferLog]] });
    const receipt = await client.waitForTransactionReceipt({ hash });
    expect(receipt).toMatchObject({
      status: "success",
      contractAddress: null,
      blockNumber: BigInt(block.header.number),
    });
    expect(receipt.logs.map((log) => log.logIndex)).toEqual([0, 1]);
    const { result } = await harness.call("eth_getBlockReceipts", `0x${block.header.number.toString(16)}`);
    expect(result).toEqual([(await harness.call("eth_getTransactionReceipt", hash)).result]);
    const mined = await client.getTransaction({ hash });
    expect(mined).toMatchObject({ blockHash: bytesToHex(block.hash), transactionIndex: 0, type: "eip1559" });
    const full = await client.getBlock({
      blockNumber: BigInt(block.header.number),
      includeTransactions: true,
    });
    expect(full.transactions[0]).toMatchObject({ hash, from });
    const status = await harness.call("braid_getTransactionStatus", hash);
    expect(status.result).toMatchObject({ status: "included" });
  });

  it("gets logs by filter and by polling", async () => {
    const client = viem();
    const filter = await client.createEventFilter({ address: bytesToHex(transferLog.address) });
    const blockFilter = await client.createBlockFilter();
    const { transaction } = await signedTransfer(100);
    const block = await harness.mine({ transactions: [transaction], logs: [[transferLog]] });
    expect(await client.getFilterChanges({ filter })).toHaveLength(1);
    expect(await client.getFilterChanges({ filter })).toEqual([]);
    expect(await client.getFilterChanges({ filter: blockFilter })).toEqual([bytesToHex(block.hash)]);
    expect(await client.uninstallFilter({ filter })).toBe(true);
    await expect(client.getFilterChanges({ filter })).rejects.toThrow("filter not found");
    const byHash = await client.getLogs({ blockHash: bytesToHex(block.hash) });
    expect(byHash[0]).toMatchObject({ removed: false, blockTimestamp: BigInt(block.header.timestamp) });
    const none = await harness.call("eth_getLogs", { topics: [`0x${"99".repeat(32)}`], fromBlock: "latest" });
    expect(none.result).toEqual([]);
  });

  it("watches heads, logs and the pool over a WebSocket", async () => {
    const client = createPublicClient({ transport: webSocket(wsUrl(), { reconnect: false }) });
    const numbers: bigint[] = [];
    const logs: ViemLog[] = [];
    const hashes: string[] = [];
    const stops = [
      client.watchBlocks({ onBlock: (block) => numbers.push(block.number ?? -1n), emitMissed: false }),
      client.watchEvent({ onLogs: (found) => logs.push(...found) }),
      client.watchPendingTransactions({ onTransactions: (found) => hashes.push(...found) }),
    ];
    const { raw, transaction } = await signedTransfer(200);
    await vi.waitFor(async () => {
      await harness.call("eth_sendRawTransaction", raw);
      expect(hashes).toContain(bytesToHex(transaction.hash));
    });
    const { header } = await harness.mine({ transactions: [transaction], logs: [[transferLog]] });
    await vi.waitFor(() => {
      expect(numbers).toContain(BigInt(header.number));
      expect(logs).toHaveLength(1);
    });
    for (const stop of stops) stop();
    (await client.transport.getRpcClient()).close();
  });
});

describe("ethers", () => {
  it("reads blocks, fees, receipts", async () => {
    const provider = new JsonRpcProvider(harness.url, 7357, { staticNetwork: true });
    const { transaction } = await signedTransfer(300);
    const { header } = await harness.mine({ transactions: [transaction], logs: [[transferLog]] });
    expect(await provider.getBlockNumber()).toBe(header.number);
    const receipt = await provider.getTransactionReceipt(bytesToHex(transaction.hash));
    expect(receipt?.logs).toHaveLength(1);
    expect((await provider.getBlock("latest", true))?.prefetchedTransactions).toHaveLength(1);
    provider.destroy();
  });

  it("hears blocks over a WebSocket", async () => {
    const provider = new WebSocketProvider(wsUrl(), 7357, { staticNetwork: true });
    const heard: number[] = [];
    await provider.on("block", (number: number) => heard.push(number));
    await vi.waitFor(async () => {
      await harness.mine();
      expect(heard.length).toBeGreaterThan(1);
    });
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    await provider.destroy();
  });
});

describe("answers in geth's form", () => {
  it("a block carries every Osaka field", async () => {
    const { result } = await harness.call("eth_getBlockByNumber", "0x0", false);
    expect(result).toMatchObject({
      number: "0x0",
      nonce: "0x0000000000000000",
      difficulty: "0x0",
      uncles: [],
      withdrawals: [],
      withdrawalsRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
      blobGasUsed: "0x0",
      excessBlobGas: "0x0",
      requestsHash: "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      size: "0x258",
      transactions: [],
    });
  });

  it("null for what is not there, an error for state of no block", async () => {
    expect((await harness.call("eth_getBlockByNumber", "0xffffff", false)).result).toBeNull();
    expect((await harness.call("eth_getTransactionByHash", `0x${"77".repeat(32)}`)).result).toBeNull();
    const balance = await harness.call("eth_getBalance", `0x${"11".repeat(20)}`, "0xffffff");
    expect(balance.error).toEqual({ code: -32000, message: "header not found" });
    const eip1898 = await harness.call("eth_getBalance", `0x${"11".repeat(20)}`, {
      blockHash: `0x${"55".repeat(32)}`,
    });
    expect(eip1898.error).toEqual({ code: -32000, message: "header for hash not found" });
  });

  it.each([
    [["0x12"], "invalid argument 0: hex string has length 2, want 40 for common.Address"],
    [[`0x${"11".repeat(20)}`, "newest"], "invalid argument 1: hex string without 0x prefix"],
    [[], "missing value for required argument 0"],
  ])("eth_getBalance%j is refused", async (params, message) => {
    expect((await harness.call("eth_getBalance", ...params)).error).toEqual({ code: -32602, message });
  });

  it("the hand-written check of eth_sendRawTransaction words like the schema's", async () => {
    const send = async (...params: unknown[]) =>
      (await harness.call("eth_sendRawTransaction", ...params)).error;
    expect(await send()).toEqual({
      code: -32602,
      message: "missing value for required argument 0",
    });
    expect(await send("12")).toEqual({
      code: -32602,
      message:
        "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type hexutil.Bytes",
    });
    expect(await send("0x1")).toMatchObject({ code: -32602 });
    expect(await send("0xzz")).toMatchObject({ code: -32602 });
    expect(await send("0x02c0")).toMatchObject({ code: -32000 });
  });

  it("bounds logs, filters and subscriptions", async () => {
    const range = await harness.call("eth_getLogs", { fromBlock: "0x5", toBlock: "0x1" });
    expect(range.error).toMatchObject({ code: -32602, message: "invalid block range params" });
    const both = await harness.call("eth_getLogs", { fromBlock: "0x1", blockHash: `0x${"55".repeat(32)}` });
    expect(both.error?.message).toContain("cannot specify both BlockHash and FromBlock/ToBlock");
    let last = await harness.call("eth_newBlockFilter");
    for (let more = 0; more < 8; more++) last = await harness.call("eth_newBlockFilter");
    expect(last.error).toMatchObject({ code: -32005 });
    expect((await harness.call("eth_subscribe", "newHeads")).error?.message).toBe(
      "notifications not supported",
    );
  });
});

describe("WebSocket", () => {
  async function open(): Promise<{ socket: WebSocket; next: () => Promise<Record<string, unknown>> }> {
    const socket = new WebSocket(wsUrl());
    const inbox: string[] = [];
    socket.on("message", (data) => inbox.push(data.toString()));
    await new Promise((resolve) => socket.once("open", resolve));
    const next = () =>
      vi.waitFor(() => {
        const text = inbox.shift();
        if (text === undefined) throw new RangeError("no message yet");
        return JSON.parse(text);
      });
    return { socket, next };
  }
  const call = (id: number, method: string, ...params: unknown[]) =>
    JSON.stringify({ jsonrpc: "2.0", id, method, params });

  it("answers the id of a subscription before its first notification, and ends it", async () => {
    const { socket, next } = await open();
    socket.send(call(1, "eth_subscribe", "newHeads"));
    const { result: id } = await next();
    const block = await harness.mine();
    expect(await next()).toMatchObject({
      method: "eth_subscription",
      params: { subscription: id, result: { hash: bytesToHex(block.hash) } },
    });
    socket.send(call(2, "eth_unsubscribe", id));
    expect(await next()).toMatchObject({ id: 2, result: true });
    socket.send(call(3, "eth_unsubscribe", id));
    expect(await next()).toMatchObject({ id: 3, error: { message: "subscription not found" } });
    socket.send(call(4, "eth_subscribe", "nothing"));
    expect(await next()).toMatchObject({ error: { message: 'no "nothing" subscription in eth namespace' } });
    socket.close();
  });

  it("bounds subscriptions and takes batches", async () => {
    const { socket, next } = await open();
    const many = [1, 2, 3, 4].map((id) =>
      JSON.parse(call(id, "eth_subscribe", "newPendingTransactions", true)),
    );
    socket.send(JSON.stringify(many));
    expect(await next()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, error: { code: -32005 } }]);
    socket.close();
  });

  it("disconnects a client that does not read", async () => {
    const small = await startHarness({ limits: { webSocketBufferBytes: 1000 } });
    const socket = new WebSocket(small.url.replace("http", "ws"));
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.pause();
    const big = call(1, "web3_sha3", "0x00");
    const ask = JSON.stringify(Array.from({ length: 900 }, () => JSON.parse(call(1, "rpc_modules"))));
    for (let sent = 0; sent < 200; sent++) socket.send(ask);
    socket.send(big);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${small.url}/metrics`)).text();
      expect(metrics).toMatch(/slow_clients_total [1-9]/);
    }, 20_000);
    socket.resume();
    await closed;
    await small.stop();
  });
});
