import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineReaders } from "../../../executor/index.ts";
import {
  bytesToHex,
  decodeTransaction,
  EMPTY_BYTES,
  hexToBytes,
  keccak256,
  type Transaction,
} from "../../../protocol/index.ts";
import { EMPTY_ROOT } from "../format/constants.ts";
import { type Harness, makeBlock, startHarness } from "../testing/rpcHarness.ts";
import { parseGoDuration } from "./goDuration.ts";

const CONTRACT = `0x${"11".repeat(20)}` as const;
const REVERTER = `0x${"22".repeat(20)}` as const;
const OTHER = `0x${"33".repeat(20)}`;
const owner = privateKeyToAccount(`0x${"77".repeat(32)}`);
const OWNER = owner.address.toLowerCase();
const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}`;
/** Sets slot 0 to 42, sends 1 wei on, and returns 32 zero bytes. */
const SPENDS = `0x602a5f555f5f5f5f600173${"33".repeat(20)}5af15060205ff3`;
const REVERTS = "0x602a5f5260205ffd";
const RETURNS_SLOT_0 = "0x5f545f5260205ff3";
const SPINS = "0x5b5f56";

let harness: Harness;
let transactions: Transaction[];
const hashOf = (index: number) => bytesToHex(transactions[index]?.hash ?? EMPTY_BYTES);
const ask = async (method: string, ...params: unknown[]) => {
  const { result, error } = await harness.call(method, ...params);
  return error ?? result;
};

beforeAll(async () => {
  const codes = [SPENDS, REVERTS].map((code) => hexToBytes(code));
  const [spends, reverts] = codes;
  const codeOf = (hash: Uint8Array) =>
    codes.find((code) => bytesToHex(keccak256(code)) === bytesToHex(hash)) ?? EMPTY_BYTES;
  const account = (nonce: bigint, balance: bigint, code: Uint8Array = EMPTY_BYTES) => ({
    nonce,
    balance,
    codeHash: keccak256(code),
    storageRoot: hexToBytes(EMPTY_ROOT),
  });
  const accounts = new Map([
    [CONTRACT, account(1n, 10n, spends)],
    [REVERTER, account(1n, 0n, reverts)],
    [OWNER, account(0n, 10n ** 18n)],
  ]);
  const readers = inlineReaders({
    snapshot: () => ({
      head: { number: 0, hash: new Uint8Array(32), stateRoot: makeBlock(undefined).header.stateRoot },
      account: (asked) => accounts.get(bytesToHex(asked)),
      storage: () => EMPTY_BYTES,
      code: codeOf,
      close: () => undefined,
    }),
    node: () => undefined,
    code: codeOf,
  });
  const sign = async (nonce: number, to: typeof CONTRACT) =>
    decodeTransaction(
      hexToBytes(
        await owner.signTransaction({
          type: "eip1559",
          chainId: 7357,
          nonce,
          to,
          gas: 100_000n,
          maxFeePerGas: 2_000_000_000n,
          maxPriorityFeePerGas: 1_000_000n,
        }),
      ),
    );
  transactions = [await sign(0, CONTRACT), await sign(1, REVERTER as typeof CONTRACT)];
  harness = await startHarness({
    dependencies: { readers, callGas: 2n ** 40n },
    limits: { traceMs: 1_000, traceBytes: 20_000 },
  });
  await harness.mine({ transactions });
});
afterAll(() => harness.stop());

describe("debug_trace…", () => {
  it("traces a transaction after those before it", async () => {
    const logs = (await ask("debug_traceTransaction", hashOf(0))) as { structLogs: { op: string }[] };
    expect(logs).toMatchObject({ failed: false, returnValue: word(0) });
    expect(logs.structLogs.map(({ op }) => op)).toEqual(
      "PUSH1 PUSH0 SSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 PUSH20 GAS CALL POP PUSH1 PUSH0 RETURN".split(" "),
    );
    expect(await ask("debug_traceTransaction", hashOf(1), { tracer: "callTracer" })).toEqual({
      type: "CALL",
      from: OWNER,
      to: REVERTER,
      gas: "0x186a0",
      gasUsed: expect.any(String),
      input: "0x",
      output: word(42),
      error: "execution reverted",
      value: "0x0",
    });
  });

  it("traces whole blocks", async () => {
    const { hash } = harness.chain.blocks[1] ?? makeBlock(undefined);
    const byNumber = await ask("debug_traceBlockByNumber", "0x1", { tracer: "callTracer" });
    expect(byNumber).toMatchObject([
      { txHash: hashOf(0), result: { calls: [{ to: OTHER, value: "0x1" }] } },
      { txHash: hashOf(1), result: { error: "execution reverted" } },
    ]);
    expect(await ask("debug_traceBlockByHash", bytesToHex(hash), { tracer: "callTracer" })).toEqual(byNumber);
  });

  it("traces calls on top of a block and within it, with overrides", async () => {
    const overrides = { [CONTRACT]: { code: RETURNS_SLOT_0 } };
    const traced = async (config: object) => {
      const trace = await ask("debug_traceCall", { to: CONTRACT }, "0x1", {
        tracer: "callTracer",
        ...config,
      });
      return (trace as { output?: string }).output;
    };
    expect(await traced({ stateOverrides: overrides })).toBe(word(0));
    expect(await traced({ stateOverrides: overrides, txIndex: "0x0" })).toBe(word(0));
    expect(await traced({ stateOverrides: overrides, txIndex: "0x1" })).toBe(word(42));
    const number = { [CONTRACT]: { code: "0x435f5260205ff3" } };
    expect(await traced({ stateOverrides: number, blockOverrides: { number: "0x99" } })).toBe(word(0x99));
    expect(await ask("debug_traceCall", { from: OTHER, to: CONTRACT, value: "0x1" }, "latest")).toMatchObject(
      {
        code: -32000,
        message: expect.stringContaining("tracing failed: insufficient funds for gas * price + value"),
      },
    );
    expect(await ask("debug_traceCall", { to: CONTRACT }, "pending")).toMatchObject({
      message: "tracing on top of pending is not supported",
    });
  });

  it("says what it cannot trace", async () => {
    const message = async (...request: [string, ...unknown[]]) => {
      const answer = await ask(...request);
      return (answer as { message?: string }).message;
    };
    expect(await message("debug_traceTransaction", word(1))).toBe("transaction not found");
    expect(await message("debug_traceBlockByNumber", "0x0")).toBe("genesis is not traceable");
    expect(await message("debug_traceBlockByNumber", "0x9")).toBe("block #9 not found");
    expect(await message("debug_traceBlockByHash", word(9))).toBe(`block ${word(9)} not found`);
    expect(await message("debug_traceBlock", "0x01")).toMatch(/^could not decode block/);
    expect(await message("debug_traceBlock", "0xc1c0")).toMatch(/^block 0x[0-9a-f]{64} not found$/);
    const bad = { tracer: "{fault(){}, result(){}}" };
    expect(await message("debug_traceTransaction", hashOf(0), bad)).toMatch(/is not supported; there are/);
    expect(await message("debug_traceTransaction", hashOf(0), { timeout: "5" })).toBe(
      'time: missing unit in duration "5"',
    );
    expect(await message("debug_traceTransaction", hashOf(0), { timeout: "0s" })).toBe("execution timeout");
  });

  it("ends traces that are too long", async () => {
    const spinning = { stateOverrides: { [CONTRACT]: { code: SPINS } } };
    const noop = { ...spinning, tracer: "noopTracer", timeout: "100ms" };
    expect(await ask("debug_traceCall", { to: CONTRACT }, "latest", noop)).toMatchObject({
      code: -32000,
      message: "execution timeout",
    });
    expect(await ask("debug_traceCall", { to: CONTRACT }, "latest", spinning)).toMatchObject({
      message: "trace exceeds 20000 bytes",
    });
  });
});

describe("Otterscan's and Parity's methods", () => {
  it("show calls, transfers and reverts", async () => {
    expect(await ask("ots_traceTransaction", hashOf(0))).toEqual([
      { type: "CALL", depth: 0, from: OWNER, to: CONTRACT, value: "0x0", input: "0x", output: word(0) },
      { type: "CALL", depth: 1, from: CONTRACT, to: OTHER, value: "0x1", input: "0x", output: "0x" },
    ]);
    expect(await ask("ots_getInternalOperations", hashOf(0))).toEqual([
      { type: 0, from: CONTRACT, to: OTHER, value: "0x1" },
    ]);
    expect(await ask("ots_getTransactionError", hashOf(0))).toBe("0x");
    expect(await ask("ots_getTransactionError", hashOf(1))).toBe(word(42));
  });

  it("list frames in a row", async () => {
    const first = (await ask("trace_transaction", hashOf(0))) as object[];
    const second = (await ask("trace_transaction", hashOf(1))) as object[];
    expect(first).toMatchObject([
      { type: "call", traceAddress: [], subtraces: 1, blockNumber: 1, transactionPosition: 0 },
      { type: "call", traceAddress: [0], subtraces: 0, action: { to: OTHER, value: "0x1" } },
    ]);
    expect(second).toMatchObject([{ error: "Reverted", transactionPosition: 1 }]);
    expect(await ask("trace_block", "0x1")).toEqual([...first, ...second]);
    expect(await ask("trace_block", "0x0")).toEqual([]);
    expect(await ask("trace_transaction", word(1))).toBeNull();
    expect(await ask("trace_filter", { fromBlock: "0x0", toAddress: [OTHER] })).toEqual([first[1]]);
    expect(await ask("trace_filter", { fromAddress: [OWNER], after: 1, count: 5 })).toEqual(second);
    expect(await ask("debug_storageRangeAt", "0x1", 0, OWNER, "0x", 10)).toEqual({
      storage: null,
      nextKey: null,
    });
  });
});

describe("durations", () => {
  it.each([
    ["5s", 5_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    [".5h", 1_800_000],
    ["-250ms", -250],
    ["0", 0],
  ])("reads %s", (text, value) => expect(parseGoDuration(text)).toEqual({ value }));

  it.each(["", "s", "5", "5x", "1m5", "--1s", "abc"])("refuses %j", (text) => {
    expect(parseGoDuration(text)).toHaveProperty("problem");
  });
});
