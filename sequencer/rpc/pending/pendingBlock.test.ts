import { getAddress } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rpc } from "../../../test/support/rpc.ts";
import { startTestNode, type TestNode } from "../../../test/support/testNode.ts";

const MNEMONIC = "test test test test test test test test test test test junk";
const SENDERS = [2, 3, 4].map((addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex }));
const TO = `0x${"ab".repeat(20)}` as const;
const L1_BLOCK = "0x4200000000000000000000000000000000000015";
/** `number()` */
const NUMBER = "0x8381f58a";
/** Stores 42 in slot 0 and leaves one byte of code. */
const CONTRACT = "0x602a5f5560015ff3" as const;

let node: TestNode;

// One block, then none for a long time: what is sent stays pending until the test asks for more.
beforeAll(async () => {
  node = await startTestNode({ BRAID_BLOCK_INTERVAL_MS: "10000" });
}, 120_000);
afterAll(() => node.stop());

async function ask<T>(method: string, ...params: unknown[]): Promise<T> {
  return (await rpc(node.rpcUrl, method, params)) as T;
}

interface Block {
  number: string;
  hash: string | null;
  nonce: string | null;
  miner: string | null;
  parentHash: string;
  gasUsed: string;
  receiptsRoot: string;
  transactionsRoot: string;
  transactions: string[];
}

async function signed(
  sender: number,
  nonce: number,
  fields: { to?: `0x${string}`; data?: `0x${string}`; value?: bigint; gas?: bigint; tip?: bigint } = {},
): Promise<`0x${string}`> {
  const account = SENDERS[sender];
  if (account === undefined) throw new TypeError("no such sender");
  return account.signTransaction({
    type: "eip1559",
    chainId: 7357,
    nonce,
    gas: fields.gas ?? 21_000n,
    ...(fields.data === undefined ? { to: fields.to ?? TO } : { data: fields.data }),
    value: fields.value ?? 0n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: fields.tip ?? 1_000_000n,
  });
}

const send = (raw: string) => ask<string>("eth_sendRawTransaction", raw);
const mined = (hash: string) =>
  expect
    .poll(() => ask<{ blockNumber: string } | null>("eth_getTransactionReceipt", hash), { timeout: 40_000 })
    .not.toBeNull();

it("shows the block that is being built, and the sealed one is the same", { timeout: 100_000 }, async () => {
  const first = await send(await signed(0, 0));
  await mined(first);
  // From here on L1 stands still: the block has its newest origin, and keeps it.
  await rpc(node.l1Url, "evm_setIntervalMining", [0]);
  const origin = Number(await rpc(node.l1Url, "eth_blockNumber", []));
  const pendingOrigin = () => ask<string>("eth_call", { to: L1_BLOCK, data: NUMBER }, "pending");
  await expect.poll(async () => Number(await pendingOrigin()), { timeout: 40_000 }).toBe(origin);
  const hashes = [
    await send(await signed(0, 1, { value: 5n })),
    await send(await signed(1, 0, { value: 7n, tip: 3_000_000n })),
    await send(await signed(2, 0, { data: CONTRACT, gas: 200_000n, tip: 2_000_000n })),
  ];
  const queued = await send(await signed(1, 2));
  // One that took long to build serves for a moment.
  await expect.poll(() => ask("eth_getBlockTransactionCountByNumber", "pending")).toBe("0x4");
  const before = await ask<Block>("eth_getBlockByNumber", "latest", false);
  const pending = await ask<Block>("eth_getBlockByNumber", "pending", false);
  expect(pending).toMatchObject({ hash: null, nonce: null, miner: null, parentHash: before.hash });
  expect(Number(pending.number)).toBe(Number(before.number) + 1);
  expect(pending.transactions.slice(1)).toEqual([hashes[1], hashes[2], hashes[0]]);
  expect(await ask("eth_getHeaderByNumber", "pending")).toMatchObject({ hash: null, number: pending.number });
  expect(await ask("eth_getTransactionByBlockNumberAndIndex", "pending", "0x0")).toMatchObject({
    type: "0x7e",
    to: L1_BLOCK,
  });
  const receipts = await ask<{ contractAddress: string | null; status: string }[]>(
    "eth_getBlockReceipts",
    "pending",
  );
  const contract = receipts[2]?.contractAddress;
  expect(receipts.map(({ status }) => status)).toEqual(["0x1", "0x1", "0x1", "0x1"]);

  // Its state.
  expect(await ask("eth_getBalance", TO, "latest")).toBe("0x0");
  expect(await ask("eth_getBalance", TO, "pending")).toBe("0xc");
  expect(await ask("eth_getStorageAt", contract, "0x0", "latest")).toBe(`0x${"00".repeat(32)}`);
  expect(await ask("eth_getStorageAt", contract, "0x0", "pending")).toBe(`0x${"00".repeat(31)}2a`);
  expect(await ask("eth_getCode", contract, "latest")).toBe("0x");
  expect(await ask("eth_getCode", contract, "pending")).not.toBe("0x");
  expect(await ask("eth_call", { to: TO, data: "0x" }, "pending")).toBe("0x");
  // NUMBER in code that runs on the pending block.
  const numberCode = "0x4360005260206000f3";
  expect(BigInt(await ask<string>("eth_call", { data: numberCode }, "pending"))).toBe(BigInt(pending.number));
  expect(await ask("eth_estimateGas", { from: SENDERS[0]?.address, to: TO, value: "0x1" }, "pending")).toBe(
    "0x5208",
  );
  expect(await ask("eth_getTransactionCount", SENDERS[0]?.address, "pending")).toBe("0x2");
  expect(await ask("eth_getTransactionCount", SENDERS[1]?.address, "pending")).toBe("0x1");
  expect(await ask("eth_getTransactionByHash", queued)).toMatchObject({ blockHash: null, blockNumber: null });

  // The pool.
  const content =
    await ask<Record<"pending" | "queued", Record<string, Record<string, { hash: string }>>>>(
      "txpool_content",
    );
  const address = SENDERS[1]?.address ?? "";
  expect(content.pending[address]?.["0"]?.hash).toBe(hashes[1]);
  expect(content.queued).toEqual({
    [address]: { 2: expect.objectContaining({ hash: queued, blockHash: null }) },
  });
  expect(await ask("txpool_status")).toEqual({ pending: "0x3", queued: "0x1" });
  expect(await ask("txpool_contentFrom", address)).toEqual({
    pending: content.pending[address],
    queued: content.queued[address],
  });
  const inspected = await ask<typeof content>("txpool_inspect");
  expect(inspected.queued[address]).toEqual({
    2: `${getAddress(TO)}: 0 wei + 21000 gas × 2000000000 wei`,
  });

  // The sealed block.
  for (const hash of hashes) await mined(hash);
  const sealed = await ask<Block>("eth_getBlockByNumber", pending.number, false);
  for (const field of [
    "transactions",
    "gasUsed",
    "receiptsRoot",
    "transactionsRoot",
    "parentHash",
  ] as const) {
    expect(sealed[field]).toEqual(pending[field]);
  }
  const after = await ask<Block>("eth_getBlockByNumber", "pending", false);
  expect(after.transactions).toEqual([]);
  expect(await ask("txpool_content")).toEqual({ pending: {}, queued: content.queued });
});
