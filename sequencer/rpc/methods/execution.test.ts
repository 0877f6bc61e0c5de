import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  BlockExecutionReport,
  ContendedLocation,
  Location,
  TransactionExecution,
} from "../../../executor/index.ts";
import {
  bytesToHex,
  encodeBlockAccessList,
  hexToBytes,
  padTo32,
  type Transaction,
} from "../../../protocol/index.ts";
import { type Harness, signedTransfer, startHarness } from "../testing/rpcHarness.ts";

const CONTRACT = new Uint8Array(20).fill(0xcc);
const TOKEN = new Uint8Array(20).fill(0xdd);
const slot = (last: number) => padTo32(new Uint8Array([last]));
const slotHex = (last: number) => bytesToHex(slot(last));
const balanceOf: Location = { address: TOKEN, field: "storage", slot: slot(7) };
const nonceOf: Location = { address: CONTRACT, field: "nonce", slot: undefined };
const transfer: TransactionExecution = {
  lane: 0,
  runs: 1,
  conflict: undefined,
  footprint: "implied",
  declared: "absent",
  touched: [],
};

function report(given: Partial<BlockExecutionReport> = {}): BlockExecutionReport {
  return {
    lanes: 2,
    laneMs: [0.5, 3.25],
    transactions: [],
    reExecuted: 0,
    planMs: 0.1,
    executeMs: 4,
    validateMs: 0.2,
    rootMs: 1,
    sealMs: 2,
    criticalPathGas: 21_000n,
    contended: [],
    shadowed: false,
    ...given,
  };
}

const wanted = (location: Location, transactions: number, writers: number, reExecuted: number) =>
  ({ location, transactions, writers, reExecuted }) satisfies ContendedLocation;

let harness: Harness;
const mined: Transaction[] = [];
/** Block 1 was stored before reports were kept; 2 ran three transactions, one of them twice; 3 is empty. */
beforeAll(async () => {
  harness = await startHarness({ blocks: 1, limits: { hotSlotBlocks: 10 } });
  const { executions } = harness.chain;
  const { transaction: old } = await signedTransfer(0);
  await harness.mine({ transactions: [old] });
  for (const nonce of [1, 2, 3]) mined.push((await signedTransfer(nonce)).transaction);
  const [, listed] = mined;
  if (listed === undefined) throw new TypeError("three transactions were made");
  listed.accessList = [
    { address: CONTRACT, storageKeys: [] },
    { address: TOKEN, storageKeys: [slot(7), slot(8), slot(8)] },
  ];
  const touched = [
    { address: listed.to ?? TOKEN, storageKeys: [slot(1)] },
    { address: TOKEN, storageKeys: [slot(7), slot(9)] },
    { address: listed.sender, storageKeys: [] },
  ];
  await harness.mine({ transactions: mined });
  executions.set(2, {
    accessList: encodeBlockAccessList([
      {
        address: CONTRACT,
        storageChanges: [{ slot: slot(1), changes: [{ index: 2, value: new Uint8Array([5]) }] }],
        storageReads: [slot(2)],
        balanceChanges: [{ index: 1, balance: 2n ** 70n }],
        nonceChanges: [{ index: 3, nonce: 4n }],
        codeChanges: [{ index: 1, code: new Uint8Array([0xfe]) }],
      },
      {
        address: TOKEN,
        storageChanges: [],
        storageReads: [],
        balanceChanges: [],
        nonceChanges: [],
        codeChanges: [],
      },
    ]),
    report: report({
      transactions: [
        transfer,
        {
          lane: 2,
          runs: 2,
          conflict: balanceOf,
          footprint: "declared",
          declared: "wide and narrow",
          touched,
        },
        { ...transfer, lane: 1, footprint: "predicted" },
      ],
      reExecuted: 1,
      contended: [wanted(balanceOf, 12, 3, 1), wanted(nonceOf, 2, 2, 0)],
      shadowed: true,
    }),
  });
  await harness.mine();
  executions.set(3, {
    accessList: hexToBytes("c0"),
    report: report({ contended: [wanted(nonceOf, 11, 1, 0)] }),
  });
});
afterAll(() => harness.stop());

const hashOf = (index: number) => bytesToHex(mined[index]?.hash ?? new Uint8Array());
const result = async (method: string, ...params: unknown[]) => (await harness.call(method, ...params)).result;

describe("eth_getBlockAccessList", () => {
  it("has the execution API's shape", async () => {
    const { blocks } = harness.chain;
    const expected = [
      {
        address: bytesToHex(CONTRACT),
        storageChanges: [{ key: slotHex(1), changes: [{ index: "0x2", value: slotHex(5) }] }],
        storageReads: [slotHex(2)],
        balanceChanges: [{ index: "0x1", value: "0x400000000000000000" }],
        nonceChanges: [{ index: "0x3", value: "0x4" }],
        codeChanges: [{ index: "0x1", code: "0xfe" }],
      },
      {
        address: bytesToHex(TOKEN),
        storageChanges: [],
        storageReads: [],
        balanceChanges: [],
        nonceChanges: [],
        codeChanges: [],
      },
    ];
    expect(await result("eth_getBlockAccessList", "0x2")).toEqual(expected);
    expect(await result("eth_getBlockAccessList", bytesToHex(blocks[2]?.hash ?? CONTRACT))).toEqual(expected);
    expect(await result("eth_getBlockAccessList", "latest")).toEqual([]);
  });

  it("is null for an unknown block and an error for one without a list", async () => {
    expect(await result("eth_getBlockAccessList", "0x99")).toBeNull();
    expect(await result("eth_getBlockAccessList", `0x${"99".repeat(32)}`)).toBeNull();
    const { error } = await harness.call("eth_getBlockAccessList", "0x1");
    expect(error).toEqual({ code: -32001, message: "block 1 is from before access lists were kept" });
  });
});

describe("braid_getBlockParallelism", () => {
  it("tells lanes, times, re-executions and contention", async () => {
    expect(await result("braid_getBlockParallelism", "0x2")).toEqual({
      blockNumber: "0x2",
      blockHash: bytesToHex(harness.chain.blocks[2]?.hash ?? CONTRACT),
      transactions: "0x3",
      lanes: "0x2",
      laneMilliseconds: [0.5, 3.25],
      phaseMilliseconds: { plan: 0.1, execute: 4, validate: 0.2, root: 1, seal: 2 },
      gasUsed: "0xf618",
      criticalPathGas: "0x5208",
      criticalPathRatio: 1 / 3,
      reExecutions: [
        {
          transactionHash: hashOf(1),
          transactionIndex: "0x1",
          lane: "0x2",
          runs: "0x2",
          conflict: { address: bytesToHex(TOKEN), field: "storage", slot: slotHex(7) },
        },
      ],
      contended: [
        {
          address: bytesToHex(TOKEN),
          field: "storage",
          slot: slotHex(7),
          transactions: "0xc",
          writers: "0x3",
          reExecuted: "0x1",
        },
        {
          address: bytesToHex(CONTRACT),
          field: "nonce",
          transactions: "0x2",
          writers: "0x2",
          reExecuted: "0x0",
        },
      ],
      shadowed: true,
    });
  });

  it("has no ratio for an empty block, and nothing for one unknown or from before", async () => {
    expect(await result("braid_getBlockParallelism", "latest")).toMatchObject({
      gasUsed: "0x0",
      criticalPathRatio: null,
      reExecutions: [],
    });
    for (const block of ["0x0", "0x1", "0x99"]) {
      expect(await result("braid_getBlockParallelism", block)).toBeNull();
    }
  });
});

describe("braid_getHotSlots", () => {
  const hot = (location: object, counts: object) => ({ ...location, ...counts });
  const nonce = { address: bytesToHex(CONTRACT), field: "nonce" };
  const balance = { address: bytesToHex(TOKEN), field: "storage", slot: slotHex(7) };

  it("sums over the last blocks, most wanted first", async () => {
    expect(await result("braid_getHotSlots")).toEqual({
      fromBlock: "0x0",
      toBlock: "0x3",
      slots: [
        hot(nonce, { transactions: "0xd", writers: "0x3", reExecuted: "0x0", blocks: "0x2" }),
        hot(balance, { transactions: "0xc", writers: "0x3", reExecuted: "0x1", blocks: "0x1" }),
      ],
    });
    expect(await result("braid_getHotSlots", "0x1")).toEqual({
      fromBlock: "0x3",
      toBlock: "0x3",
      slots: [hot(nonce, { transactions: "0xb", writers: "0x1", reExecuted: "0x0", blocks: "0x1" })],
    });
  });

  it("refuses more blocks than allowed, and none", async () => {
    const { error } = await harness.call("braid_getHotSlots", 11);
    expect(error).toEqual({ code: -32602, message: "blockCount is 11, at most 10 blocks are looked at" });
    expect((await harness.call("braid_getHotSlots", "0x0")).error?.code).toBe(-32602);
    expect((await harness.call("braid_getHotSlots", "many")).error?.code).toBe(-32602);
  });
});

describe("braid_getTransactionExecution", () => {
  it("compares the declared list with what was touched", async () => {
    const [, listed] = mined;
    const [to, sender] = [bytesToHex(listed?.to ?? TOKEN), bytesToHex(listed?.sender ?? TOKEN)];
    const [contract, token] = [bytesToHex(CONTRACT), bytesToHex(TOKEN)];
    expect(await result("braid_getTransactionExecution", hashOf(1))).toEqual({
      transactionHash: hashOf(1),
      blockNumber: "0x2",
      blockHash: bytesToHex(harness.chain.blocks[2]?.hash ?? CONTRACT),
      transactionIndex: "0x1",
      lane: "0x2",
      runs: "0x2",
      conflict: { address: token, field: "storage", slot: slotHex(7) },
      footprint: "declared",
      declared: "wide and narrow",
      accessList: [
        { address: contract, storageKeys: [] },
        { address: token, storageKeys: [slotHex(7), slotHex(8), slotHex(8)] },
      ],
      touched: [
        { address: to, storageKeys: [slotHex(1)] },
        { address: token, storageKeys: [slotHex(7), slotHex(9)] },
        { address: sender, storageKeys: [] },
      ],
      missing: [
        { address: to, storageKeys: [slotHex(1)] },
        { address: token, storageKeys: [slotHex(9)] },
      ],
      superfluous: [
        { address: contract, storageKeys: [] },
        { address: token, storageKeys: [slotHex(8)] },
      ],
    });
  });

  it("names both ends of a plain transfer", async () => {
    const [first] = mined;
    const ends = [first?.sender ?? TOKEN, first?.to ?? TOKEN].sort(Buffer.compare);
    expect(await result("braid_getTransactionExecution", hashOf(0))).toMatchObject({
      lane: "0x0",
      runs: "0x1",
      conflict: null,
      footprint: "implied",
      declared: "absent",
      accessList: null,
      touched: ends.map((address) => ({ address: bytesToHex(address), storageKeys: [] })),
      missing: [],
      superfluous: [],
    });
  });

  it("is null for an unknown transaction, and for one from before", async () => {
    expect(await result("braid_getTransactionExecution", `0x${"99".repeat(32)}`)).toBeNull();
    const old = harness.chain.blocks[1]?.transactions[0]?.hash ?? TOKEN;
    expect(await result("braid_getTransactionExecution", bytesToHex(old))).toBeNull();
  });
});
