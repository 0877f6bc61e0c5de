import { afterAll, beforeAll, expect, it } from "vitest";
import type { StateSnapshot } from "../../../executor/index.ts";
import {
  bytesEqual,
  bytesToHex,
  type Hex,
  hexToBytes,
  keccak256,
  type Transaction,
} from "../../../protocol/index.ts";
import { EMPTY_CODE } from "../format/constants.ts";
import { type Harness, signedTransfer, startHarness } from "../testing/rpcHarness.ts";

const SENDER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const RECIPIENT = "0x000000000000000000000000000000000000dead";
const CONTRACT: Hex = `0x${"c0".repeat(20)}`;
const CODE = new Uint8Array([0x60, 0x00]);

/** Transactions of blocks 1, 2, …: the first account's nonces in order. Block 3 has none. */
const COUNTS = [1, 3, 0, 2, 1];

let harness: Harness;
let mined: Transaction[];
beforeAll(async () => {
  harness = await startHarness({
    dependencies: {
      state: {
        latest: () => stateAt(COUNTS.length),
        at: async (number) => stateAt(number),
        trieNode: () => undefined,
      },
    },
  });
  mined = [];
  for (const count of COUNTS) {
    const transactions: Transaction[] = [];
    for (let i = 0; i < count; i++) transactions.push((await signedTransfer(mined.length + i)).transaction);
    mined.push(...transactions);
    await harness.mine({ transactions });
  }
  // The second transaction of block 2 created the contract.
  const receipt = harness.chain.blocks[2]?.receipts[1];
  if (receipt !== undefined) receipt.contractAddress = hexToBytes(CONTRACT);
});
afterAll(() => harness.stop());

/** The state that those blocks leave: the sender's nonce, and a contract from block 2 on. */
function stateAt(number: number): StateSnapshot {
  const nonce = COUNTS.slice(0, number).reduce((sum, count) => sum + count, 0);
  const account = { balance: 1n, storageRoot: new Uint8Array(32) };
  return {
    head: { number, hash: new Uint8Array(32), stateRoot: new Uint8Array(32) },
    account: (address) => {
      if (bytesToHex(address) === SENDER)
        return { ...account, nonce: BigInt(nonce), codeHash: hexToBytes(EMPTY_CODE) };
      const exists = bytesToHex(address) === CONTRACT && number >= 2;
      return exists ? { ...account, nonce: 1n, codeHash: keccak256(CODE) } : undefined;
    },
    storage: () => new Uint8Array(0),
    code: () => CODE,
    close: () => undefined,
  };
}

const result = async (method: string, ...params: unknown[]) => {
  const answer = await harness.call(method, ...params);
  expect(answer.error).toBeUndefined();
  return answer.result;
};

const hashesOf = (page: unknown) => {
  const { txs, receipts } = page as { txs: { hash: string }[]; receipts: { transactionHash: string }[] };
  expect(receipts.map(({ transactionHash }) => transactionHash)).toEqual(txs.map(({ hash }) => hash));
  return txs.map(({ hash }) => hash);
};

it("says level 8, and where there is code", async () => {
  expect(await result("ots_getApiLevel")).toBe(8);
  expect(await result("ots_hasCode", CONTRACT, "latest")).toBe(true);
  expect(await result("ots_hasCode", CONTRACT, "0x1")).toBe(false);
  expect(await result("ots_hasCode", SENDER, "latest")).toBe(false);
  expect(await result("ots_hasCode", RECIPIENT)).toBe(false);
});

it("gives a block's details by number and by hash, without bloom and transactions", async () => {
  const details = await result("ots_getBlockDetails", 2);
  expect(details).toMatchObject({
    block: { number: "0x2", transactionCount: 3, logsBloom: null, uncles: [], totalDifficulty: "0x0" },
    issuance: { blockReward: "0x0", uncleReward: "0x0", issuance: "0x0" },
    totalFees: `0x${(3n * 21_000n * 1_000_000_000n).toString(16)}`,
  });
  expect((details as { block: object }).block).not.toHaveProperty("transactions");
  expect(await result("ots_getBlockDetails", "0x2")).toEqual(details);
  const hash = bytesToHex(harness.chain.blocks[2]?.hash ?? new Uint8Array());
  expect(await result("ots_getBlockDetailsByHash", hash)).toEqual(details);
  expect(await result("ots_getBlockDetails", 99)).toBeNull();
  expect(await result("ots_getBlockDetailsByHash", `0x${"99".repeat(32)}`)).toBeNull();
});

it("pages a block's transactions from its end", async () => {
  const page = async (number: number, size: number) => {
    const given = (await result("ots_getBlockTransactions", 2, number, size)) as {
      fullblock: { transactions: { nonce: string }[]; transactionCount: number };
      receipts: { transactionIndex: string; logs: null; logsBloom: null }[];
    };
    expect(given.fullblock.transactionCount).toBe(3);
    expect(given.receipts.every(({ logs, logsBloom }) => logs === null && logsBloom === null)).toBe(true);
    expect(given.receipts).toHaveLength(given.fullblock.transactions.length);
    return given.fullblock.transactions.map(({ nonce }) => Number(nonce));
  };
  expect(await page(0, 2)).toEqual([2, 3]);
  expect(await page(1, 2)).toEqual([1]);
  expect(await page(2, 2)).toEqual([]);
  expect(await page(0, 255)).toEqual([1, 2, 3]);
  expect((await harness.call("ots_getBlockTransactions", 2, 0, 256)).error?.message).toBe(
    "max allowed page size: 255",
  );
});

it("searches an account's transactions back and on, whole blocks, newest first", async () => {
  const newest = mined.map(({ hash }) => bytesToHex(hash)).reverse();
  const all = await result("ots_searchTransactionsBefore", RECIPIENT, 0, 25);
  expect(hashesOf(all)).toEqual(newest);
  expect(all).toMatchObject({
    firstPage: true,
    lastPage: true,
    receipts: [{ timestamp: 1_700_000_005 }, {}, {}, {}, {}, {}, {}],
  });
  const first = await result("ots_searchTransactionsBefore", SENDER, 0, 2);
  expect(hashesOf(first)).toEqual(newest.slice(0, 3));
  expect(first).toMatchObject({ firstPage: true, lastPage: false });
  const second = await result("ots_searchTransactionsBefore", SENDER, 4, 25);
  expect(hashesOf(second)).toEqual(newest.slice(3));
  expect(second).toMatchObject({ firstPage: false, lastPage: true });
  const oldest = await result("ots_searchTransactionsAfter", SENDER, 0, 3);
  expect(hashesOf(oldest)).toEqual(newest.slice(3));
  expect(oldest).toMatchObject({ firstPage: false, lastPage: true });
  const rest = await result("ots_searchTransactionsAfter", SENDER, 2, 25);
  expect(hashesOf(rest)).toEqual(newest.slice(0, 3));
  expect(rest).toMatchObject({ firstPage: true, lastPage: false });
  const created = await result("ots_searchTransactionsBefore", CONTRACT, 0, 25);
  expect(hashesOf(created)).toEqual([newest[4]]);
  expect(await result("ots_searchTransactionsAfter", `0x${"ee".repeat(20)}`, 0, 25)).toEqual({
    txs: [],
    receipts: [],
    firstPage: true,
    lastPage: true,
  });
  expect((await harness.call("ots_searchTransactionsAfter", SENDER, 0, 101)).error?.message).toBe(
    "max allowed page size: 100",
  );
});

it("an index that is not ready yet is for the client to know", async () => {
  const { ChainStoreError } = await import("../../chain-store/index.ts");
  const behind = new ChainStoreError("ACCOUNT_INDEX_BEHIND", "7 blocks are left, ask again", {
    retryable: true,
  });
  const kept = harness.chain.accountTransactions;
  harness.chain.accountTransactions = () => Promise.reject(behind);
  const { error } = await harness.call("ots_searchTransactionsBefore", SENDER, 0, 25);
  harness.chain.accountTransactions = kept;
  expect(error).toEqual({ code: -32000, message: "7 blocks are left, ask again" });
});

it("finds every transaction by sender and nonce, and no other", async () => {
  for (const [nonce, { hash, sender }] of mined.entries()) {
    expect(bytesEqual(sender, hexToBytes(SENDER))).toBe(true);
    expect(await result("ots_getTransactionBySenderAndNonce", SENDER, nonce)).toBe(bytesToHex(hash));
  }
  expect(await result("ots_getTransactionBySenderAndNonce", SENDER, mined.length)).toBeNull();
  expect(await result("ots_getTransactionBySenderAndNonce", RECIPIENT, "0x0")).toBeNull();
});

it("finds who created a contract", async () => {
  const hash = bytesToHex(mined[2]?.hash ?? new Uint8Array());
  expect(await result("ots_getContractCreator", CONTRACT)).toEqual({ hash, creator: SENDER });
  expect(await result("ots_getContractCreator", SENDER)).toBeNull();
  expect(await result("ots_getContractCreator", RECIPIENT)).toBeNull();
});

it("erigon_getHeaderByNumber gives Otterscan the header", async () => {
  expect(await result("erigon_getHeaderByNumber", 0)).toEqual(await result("eth_getHeaderByNumber", "0x0"));
  expect(await result("erigon_getHeaderByNumber", 77)).toBeNull();
});
