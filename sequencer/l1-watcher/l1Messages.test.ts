import { type Hex, keccak256, parseEther, toHex } from "viem";
import { getL2TransactionHashes } from "viem/op-stack";
import { expect, test } from "vitest";
import { bytesToHex, hexToBytes, InvariantError, nextL2BaseFee } from "../../protocol/index.ts";
import { rpc as post } from "../../test/support/rpc.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { l1Prices } from "../block-builder/l1Prices.ts";
import {
  deposit,
  l1,
  l1Url,
  metric,
  poll,
  portal,
  RECIPIENT,
  signed,
  start,
  stop,
  useL1Bench,
} from "./testing/l1Bench.ts";
import { startProxy } from "./testing/l1Proxy.ts";
import { USER, type WatchedChain } from "./testing/watchedChain.ts";

const ALIAS_OFFSET = 0x1111000000000000000000000000000000001111n;

useL1Bench(() => startTestStack({ redis: true, postgres: true, anvil: true }));

const rpc = (chain: WatchedChain, method: string, ...params: unknown[]) => post(chain.url, method, params);

function none(): never {
  throw new InvariantError("no such block");
}

async function force(raw: Hex, wait = true): Promise<void> {
  const { wallet, reader } = l1();
  const hash = await wallet.writeContract({
    ...portal(),
    functionName: "forceTransaction",
    args: [raw],
    gas: 3_000_000n,
  });
  if (wait) expect((await reader.waitForTransactionReceipt({ hash })).status).toBe("success");
}

test("a deposit on L1 is a receipt on L2, by the hash that viem computes, in op-geth's form", async () => {
  const chain = await start();
  const hash = await deposit({ mint: parseEther("3"), value: parseEther("1") });
  const receipt = await chain.l2.waitForTransactionReceipt({ hash });
  expect(receipt).toMatchObject({
    ...{ status: "success", type: "0x7e", from: USER.address.toLowerCase(), to: RECIPIENT },
    ...{ depositNonce: 0n, depositReceiptVersion: 1, effectiveGasPrice: 0n },
  });
  expect([chain.balanceOf(RECIPIENT), chain.balanceOf(USER.address)]).toEqual([
    parseEther("1"),
    parseEther("2"),
  ]);
  const transaction = await chain.l2.getTransaction({ hash });
  expect(transaction).toMatchObject({ type: "deposit", mint: parseEther("3"), gasPrice: 0n, nonce: 0 });
  const raw = await rpc(chain, "eth_getTransactionByHash", hash);
  expect(raw).toMatchObject({ type: "0x7e", v: "0x0", r: "0x0", s: "0x0", depositReceiptVersion: "0x1" });
  for (const absent of ["maxFeePerGas", "accessList", "isSystemTx", "yParity"]) {
    expect(raw).not.toHaveProperty(absent);
  }
  // A second reader, from PostgreSQL, gives the same.
  const stored = await chain.chain.blockByNumber(Number(receipt.blockNumber));
  expect(stored?.receipts.map(({ depositNonce }) => depositNonce)).toEqual([0n, 0n]);

  // The block opens with the L1 attributes, and L1Block says what they say.
  const block = await chain.l2.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
  expect(block.transactions.map(({ type }) => type)).toEqual(["deposit", "deposit"]);
  const position = await chain.chain.l1Position(Number(receipt.blockNumber));
  const origin = await l1().reader.getBlock({ blockNumber: BigInt(position?.originNumber ?? 0) });
  expect(position).toMatchObject({ sequenceNumber: 0, messagesConsumed: 1, transactionsFromL1: 2 });
  expect(bytesToHex(position?.originHash ?? new Uint8Array())).toBe(origin.hash);
  const prices = l1Prices(chain.executor.state());
  expect(prices).toEqual({ baseFee: origin.baseFeePerGas, blobBaseFee: 1n });
  const next = nextL2BaseFee(
    l1().genesis.config,
    (await chain.chain.headerByNumber(1))?.header ?? none(),
    prices,
  );
  expect(BigInt(String(await rpc(chain, "eth_baseFee")))).toBe(next);
  const history = await chain.l2.getFeeHistory({ blockCount: 1, rewardPercentiles: [50] });
  expect([history.baseFeePerGas.at(-1), history.reward]).toEqual([next, [[0n]]]);

  // Traces, Otterscan and RLP take deposits; users cannot send them.
  const trace = await rpc(chain, "debug_traceTransaction", hash, { tracer: "callTracer" });
  expect(trace).toMatchObject({ from: USER.address.toLowerCase(), to: RECIPIENT, type: "CALL" });
  const number = toHex(receipt.blockNumber);
  expect(await rpc(chain, "debug_traceBlockByNumber", number, { tracer: "callTracer" })).toHaveLength(2);
  expect(await rpc(chain, "trace_block", number)).toHaveLength(2);
  expect(await rpc(chain, "ots_getBlockTransactions", number, 0, 10)).toHaveProperty("fullblock");
  expect(await rpc(chain, "debug_getRawReceipts", number)).toHaveLength(2);
  const rawDeposit = String(await rpc(chain, "debug_getRawTransaction", hash));
  expect(rawDeposit).toMatch(/^0x7e/);
  await expect(rpc(chain, "eth_sendRawTransaction", rawDeposit)).rejects.toThrow("not supported");
}, 60_000);

test("a contract's deposit comes under its alias; a failed one keeps its mint", async () => {
  const chain = await start();
  // Runs the deposit as its constructor: forwards its value to the portal's receive function, which needs no call data.
  const code = `0x5f5f5f5f4773${l1().settlement.portal.slice(2)}5af15f5260205ff3` as const;
  const sent = await l1().wallet.sendTransaction({ data: code, value: 5n, gas: 1_000_000n });
  const receipt = await l1().reader.waitForTransactionReceipt({ hash: sent });
  const [hash] = getL2TransactionHashes(receipt);
  const alias = toHex((BigInt(receipt.contractAddress ?? "0x0") + ALIAS_OFFSET) % 2n ** 160n, { size: 20 });
  const l2 = await chain.l2.waitForTransactionReceipt({ hash: hash ?? "0x" });
  expect(l2).toMatchObject({ status: "success", from: alias, to: receipt.contractAddress });
  expect(chain.balanceOf(receipt.contractAddress ?? "0x")).toBe(5n);

  const failed = await chain.l2.waitForTransactionReceipt({ hash: await deposit({ mint: 7n, value: 8n }) });
  expect(failed).toMatchObject({ status: "reverted", gasUsed: 100_000n });
  expect(chain.balanceOf(USER.address)).toBe(7n);
  expect(chain.nonceOf(USER.address)).toBe(1n);
}, 60_000);

test("forced transactions go in although the pool refuses them, and what is not valid leaves no trace", async () => {
  const chain = await start({ poolLimits: { perSender: 0 } });
  await chain.l2.waitForTransactionReceipt({ hash: await deposit({ mint: parseEther("1"), value: 1n }) });
  const valid = await signed({ nonce: 1 });
  await expect(rpc(chain, "eth_sendRawTransaction", valid)).rejects.toThrow("account limit exceeded");
  const before = await l1().reader.readContract({ ...portal(), functionName: "count" });
  for (const data of [
    valid,
    "0x1234",
    await signed({ nonce: 9 }),
    await signed({ nonce: 2, chainId: 1 }),
    valid,
  ] as const) {
    await force(data);
  }
  const last = await signed({ nonce: 2 });
  await force(last);
  const receipt = await chain.l2.waitForTransactionReceipt({ hash: keccak256(last) });
  expect(receipt.status).toBe("success");
  expect((await chain.l2.getTransactionReceipt({ hash: keccak256(valid) })).status).toBe("success");
  const head = await chain.chain.head();
  const position = await chain.chain.l1Position(head?.number ?? 0);
  expect(position?.messagesConsumed).toBe(Number(before) + 6);
  expect(await chain.chain.rejection(hexToBytes(keccak256(await signed({ nonce: 9 }))))).toBeUndefined();
  expect(await metric(chain, "braid_forced_transactions_skipped_total")).toBe(4);
  const messages = await chain.chain.l1Messages(0, 100);
  expect(messages.map(({ kind }) => kind)).toEqual(["deposit", ...Array.from({ length: 6 }, () => "forced")]);
  const queued = await l1().reader.readContract({ ...portal(), functionName: "rollingHash", args: [7n] });
  expect(bytesToHex(await chain.chain.rollingHash(7))).toBe(queued);
}, 60_000);

test("messages that do not fit one block are carried over, each once and in order", async () => {
  const chain = await start();
  await chain.l2.waitForTransactionReceipt({ hash: await deposit({ mint: parseEther("1"), value: 1n }) });
  await l1().control.setAutomine(false);
  const hashes: Hex[] = [];
  // Sixteen million gas each: three fill half a block.
  for (let nonce = 1; nonce <= 7; nonce++) {
    const raw = await signed({ nonce, gas: 16_000_000n });
    hashes.push(keccak256(raw));
    await force(raw, false);
  }
  await l1().control.mine({ blocks: 1 });
  await l1().control.setAutomine(true);
  const receipts = await Promise.all(hashes.map((hash) => chain.l2.waitForTransactionReceipt({ hash })));
  const blocks = receipts.map(({ blockNumber }) => Number(blockNumber));
  const first = blocks[0] ?? 0;
  expect(blocks).toEqual([0, 0, 0, 1, 1, 1, 2].map((offset) => first + offset));
  const positions = await Promise.all([0, 1, 2].map((offset) => chain.chain.l1Position(first + offset)));
  expect(
    positions.map((one) => [one?.sequenceNumber, one?.messagesConsumed, one?.transactionsFromL1]),
  ).toEqual([
    [0, 4, 4],
    [1, 7, 3],
    [2, 8, 1],
  ]);
}, 60_000);

test("while L1 is away L2 goes on; when it is back the deposits follow, each once", async () => {
  const proxy = await startProxy(l1Url());
  const chain = await start({ l1Url: proxy.url, watcher: { maxRange: 2 } });
  await chain.l2.waitForTransactionReceipt({ hash: await deposit({ mint: parseEther("1"), value: 1n }) });
  await proxy.cut();
  const hashes: Hex[] = [];
  for (let i = 0; i < 5; i++) hashes.push(await deposit({ mint: 1n, value: 1n }));
  await poll(() => chain.log.some((line) => line.startsWith("looking at L1 failed"))).toBe(true);
  const own = await signed({ nonce: 1 });
  await chain.l2.sendRawTransaction({ serializedTransaction: own });
  await chain.l2.waitForTransactionReceipt({ hash: keccak256(own) });
  await proxy.mend();
  for (const hash of hashes) {
    expect((await chain.l2.waitForTransactionReceipt({ hash })).status).toBe("success");
  }
  expect(chain.balanceOf(RECIPIENT)).toBe(7n);
  expect(await chain.chain.l1Messages(0, 10)).toHaveLength(6);
  await stop(chain);
  await proxy.cut();
}, 60_000);

test("an L1 node that leaves out events stops the sequencer, and blocks wait for confirmations", async () => {
  const deep = await start({ watcher: { confirmations: 3 } });
  const hash = await deposit({ mint: 1n, value: 1n });
  await l1().control.mine({ blocks: 2 });
  await poll(() => metric(deep, "braid_l1_confirmed_block")).toBeGreaterThan(0);
  expect(deep.balanceOf(RECIPIENT)).toBe(0n);
  await l1().control.mine({ blocks: 1 });
  await deep.l2.waitForTransactionReceipt({ hash });
  await stop(deep);

  const lying = await startProxy(l1Url(), (method, answer) =>
    method === "eth_getLogs" ? { ...answer, result: [] } : answer,
  );
  const deceived = await start({ l1Url: lying.url });
  await deposit({ mint: 1n, value: 1n });
  await poll(() => deceived.failures).toHaveLength(1);
  expect(deceived.failures.splice(0)).toMatchObject([{ code: "L1_MESSAGES_DIFFER" }]);
  await stop(deceived);
  await lying.cut();
}, 60_000);
