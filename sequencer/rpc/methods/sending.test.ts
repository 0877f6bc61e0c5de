import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeBatch, hexToBytes } from "../../../protocol/index.ts";
import { rpc } from "../../../test/support/rpc.ts";
import { startTestNode, type TestNode } from "../../../test/support/testNode.ts";
import type { TransactionLedger } from "../ledger/transactionLedger.ts";

const MNEMONIC = "test test test test test test test test test test test junk";
const TO = `0x${"cd".repeat(20)}` as const;
/** Stores 42 in slot 0. */
const CONTRACT = "0x602a5f5560015ff3" as const;
const WORD_42 = `0x${"00".repeat(31)}2a`;
const INTERVAL_MS = 1500;

let node: TestNode;

beforeAll(async () => {
  node = await startTestNode({
    BRAID_BLOCK_INTERVAL_MS: String(INTERVAL_MS),
    BRAID_BATCH_INTERVAL_MS: "1000",
  });
}, 120_000);
afterAll(() => node.stop());

async function ask<T>(method: string, ...params: unknown[]): Promise<T> {
  return (await rpc(node.rpcUrl, method, params)) as T;
}

async function signed(sender: number, nonce: number, fields: { data?: `0x${string}`; value?: bigint } = {}) {
  return mnemonicToAccount(MNEMONIC, { addressIndex: 2 + sender }).signTransaction({
    type: "eip1559",
    chainId: 7357,
    nonce,
    gas: fields.data === undefined ? 21_000n : 200_000n,
    ...(fields.data === undefined ? { to: TO } : { data: fields.data }),
    value: fields.value ?? 0n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
  });
}

const ledger = (hash: string) => ask<TransactionLedger>("rollup_getTransactionLedger", hash);
const names = ({ steps }: TransactionLedger) => steps.map(({ step }) => step);
const until = (hash: string, status: string) =>
  expect.poll(async () => (await ledger(hash)).status, { timeout: 30_000, interval: 50 }).toBe(status);

interface Receipt {
  transactionHash: string;
  blockNumber: string;
  contractAddress: string | null;
}

it("eth_sendRawTransactionSync answers with the receipt", { timeout: 30_000 }, async () => {
  const receipt = await ask<Receipt>("eth_sendRawTransactionSync", await signed(0, 0), "0x2710");
  expect(receipt).toEqual(await ask("eth_getTransactionReceipt", receipt.transactionHash));
  expect(Number(receipt.blockNumber)).toBeGreaterThan(0);
  await expect(ask("eth_sendRawTransactionSync", await signed(0, 0))).rejects.toMatchObject({
    rpcCode: -32000,
    message: expect.stringContaining("nonce too low: next nonce 1, tx nonce 0"),
  });
});

it("eth_sendRawTransactionSync says when time is over, and when a nonce is missing", async () => {
  // A block was just sealed: the next one is an interval away.
  await ask("eth_sendRawTransactionSync", await signed(0, 1), 10_000);
  const late = ask("eth_sendRawTransactionSync", await signed(0, 2), 250);
  const error = await late.catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    rpcCode: 4,
    message: expect.stringContaining(
      "The transaction was added to the transaction pool but wasn't processed in 250ms",
    ),
    data: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  });
  await expect(ask("eth_sendRawTransactionSync", await signed(0, 9), 10_000)).rejects.toMatchObject({
    rpcCode: 5,
    data: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  });
  await expect(ask("eth_sendRawTransactionSync", "0x02", 10)).rejects.toMatchObject({ rpcCode: -32000 });
}, 30_000);

it("a transaction's ledger grows step by step until its batch is on L1", { timeout: 60_000 }, async () => {
  const gap = await ask<string>("eth_sendRawTransaction", await signed(1, 1));
  expect(await ledger(gap)).toMatchObject({
    status: "queued",
    steps: [{ step: "received" }, { missingNonce: "0x0" }],
  });
  const hash = await ask<string>("eth_sendRawTransaction", await signed(1, 0));
  const seen: TransactionLedger[] = [];
  await expect
    .poll(
      async () => {
        const now = await ledger(hash);
        if (now.status !== seen.at(-1)?.status) seen.push(now);
        return now.status;
      },
      { timeout: 40_000, interval: 20 },
    )
    .toBe("safe");
  const order = ["pending", "included", "batched", "safe"];
  const places = seen.map(({ status }) => order.indexOf(status));
  expect(places).toEqual([...places].sort());
  expect(places[0]).toBe(0);
  for (const [index, later] of seen.entries()) {
    const earlier = seen[index - 1];
    if (earlier !== undefined) expect(names(later).slice(0, earlier.steps.length)).toEqual(names(earlier));
  }
  const last = seen.at(-1);
  expect(last && names(last)).toEqual(["received", "pending", "executed", "included", "batched", "safe"]);
  const batchNumber = last?.steps.find(({ step }) => step === "batched")?.["batchNumber"];
  const l1 = last?.steps.find(({ step }) => step === "safe");
  expect(await ask("rollup_getBatch", batchNumber)).toMatchObject({
    number: batchNumber,
    status: "committed",
    l1TransactionHash: l1?.["l1TransactionHash"],
    l1BlockNumber: l1?.["l1BlockNumber"],
  });
  expect(await ask("rollup_getBatch", "0xffffff")).toBeNull();
  const data = await ask<`0x${string}`>("rollup_getBatchData", batchNumber);
  const mined = await ask<Receipt>("eth_getTransactionReceipt", hash);
  const blocks = decodeBatch(hexToBytes(data)).map(({ number }) => number);
  expect(blocks).toContain(Number(mined.blockNumber));
  expect(await ask("rollup_getBatchData", "0xffffff")).toBeNull();
  await until(gap, "safe");
  expect(await ledger(`0x${"77".repeat(32)}`)).toMatchObject({ status: "unknown", steps: [] });
  expect(await ask("rollup_syncStatus")).toMatchObject({ lastBatch: { status: expect.any(String) } });
});

it("a conditional transaction is checked when it is sent and when its turn comes", {
  timeout: 60_000,
}, async () => {
  const made = await ask<Receipt>(
    "eth_sendRawTransactionSync",
    await signed(2, 0, { data: CONTRACT }),
    20_000,
  );
  const contract = made.contractAddress ?? "";
  const sendIf = async (nonce: number, condition: unknown) =>
    ask<string>("eth_sendRawTransactionConditional", await signed(2, nonce), condition);
  const slot = `0x${"00".repeat(32)}`;
  await expect(sendIf(1, { knownAccounts: { [contract]: { [slot]: slot } } })).rejects.toMatchObject({
    rpcCode: -32003,
    message: expect.stringContaining("failed state check"),
  });
  await expect(sendIf(1, { knownAccounts: {}, timestampMax: "0x1" })).rejects.toMatchObject({
    rpcCode: -32003,
  });
  await expect(sendIf(1, { blockNumberMin: "0x5", blockNumberMax: "0x4" })).rejects.toMatchObject({
    message: expect.stringContaining(
      "failed conditional validation: block number minimum constraint must be less than the maximum",
    ),
  });
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`0x${i.toString(16).padStart(64, "0")}`, slot]),
  );
  await expect(sendIf(1, { knownAccounts: { [contract]: many } })).rejects.toMatchObject({
    rpcCode: -32005,
    message: expect.stringContaining("conditional cost, 1001, exceeded max: 1000"),
  });
  // The latest block is still low enough, the one that would hold it no longer.
  const late = await sendIf(1, { knownAccounts: {}, blockNumberMax: await ask<string>("eth_blockNumber") });
  await until(late, "rejected");
  const { steps } = await ledger(late);
  expect(steps.at(-1)?.["reason"]).toMatch(/^failed header check: block number maximum \d+ exceeded by \d+$/);
  expect(await ask("eth_getTransactionByHash", late)).toBeNull();
  // The same transaction, whose condition holds.
  const held = await sendIf(1, { knownAccounts: { [contract]: { [slot]: WORD_42 } }, timestampMin: "0x1" });
  expect(held).toBe(late);
  await expect
    .poll(() => ask("eth_getTransactionReceipt", held), { timeout: 20_000 })
    .toMatchObject({ status: "0x1" });
  expect(names(await ledger(held))).toContain("included");
});
