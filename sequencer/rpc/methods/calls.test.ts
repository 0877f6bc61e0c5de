import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineReaders } from "../../../executor/index.ts";
import { EMPTY_BYTES, hexToBytes, keccak256 } from "../../../protocol/index.ts";
import { EMPTY_ROOT } from "../format/constants.ts";
import { type Harness, makeBlock, startHarness } from "../testing/rpcHarness.ts";

const CONTRACT = `0x${"11".repeat(20)}`;
const OTHER = `0x${"22".repeat(20)}`;
const RICH = `0x${"ee".repeat(20)}`;
const POOR = "0xc0ffee254729296a45a3885639ac7e10f9d54979";
const IDENTITY = "0x0000000000000000000000000000000000000004";
const word = (value: number | bigint) => `0x${value.toString(16).padStart(64, "0")}`;

/** Returns what the instructions leave on the stack. */
const returns = (instructions: string) => `0x${instructions}5f5260205ff3`;
/** Reverts with its calldata; what is there otherwise. */
const REVERTS = "0x365f5f37365ffd";
const SPINS = "0x5b5f56";

let harness: Harness;
const call = async (...params: unknown[]) => {
  const { result, error } = await harness.call("eth_call", ...params);
  return error ?? result;
};

beforeAll(async () => {
  const code = hexToBytes(returns("5f54"));
  const account = (balance: bigint, of: Uint8Array) => ({
    nonce: 1n,
    balance,
    codeHash: keccak256(of),
    storageRoot: hexToBytes(EMPTY_ROOT),
  });
  const codes = [code, EMPTY_BYTES];
  const codeOf = (hash: Uint8Array) =>
    codes.find((one) => Buffer.compare(keccak256(one), hash) === 0) ?? EMPTY_BYTES;
  const readers = inlineReaders({
    snapshot: () => ({
      head: { number: 0, hash: new Uint8Array(32), stateRoot: makeBlock(undefined).header.stateRoot },
      account: (asked) =>
        asked[0] === 0x11
          ? account(0n, code)
          : asked[0] === 0xee
            ? account(10n ** 18n, EMPTY_BYTES)
            : undefined,
      storage: (asked, slot) => (asked[0] === 0x11 && slot[31] === 0 ? Uint8Array.of(42) : EMPTY_BYTES),
      code: codeOf,
      close: () => undefined,
    }),
    node: () => undefined,
    code: codeOf,
  });
  harness = await startHarness({
    blocks: 3,
    dependencies: { readers, callGas: 2n ** 31n - 2n },
    limits: { callMs: 300 },
  });
});
afterAll(() => harness.stop());

describe("eth_call", () => {
  it("runs in the block that is named", async () => {
    expect(await call({ to: CONTRACT })).toBe(word(42));
    const number = { [CONTRACT]: { code: returns("43") } };
    expect(await call({ to: CONTRACT }, "0x1", number)).toBe(word(1));
    const hash = `0x${Buffer.from(harness.chain.blocks[1]?.hash ?? []).toString("hex")}`;
    expect(await call({ to: CONTRACT }, { blockHash: hash, requireCanonical: true }, number)).toBe(word(1));
    expect(await call({ to: CONTRACT }, "0x99")).toEqual({ code: -32000, message: "header not found" });
    expect(await call({ to: CONTRACT }, { blockHash: word(9) })).toEqual({
      code: -32000,
      message: "header for hash not found",
    });
  });

  it("takes overrides of accounts", async () => {
    const set = (fields: object) => call({ to: CONTRACT }, "latest", { [CONTRACT]: fields });
    expect(await set({ stateDiff: { [word(0)]: word(7) } })).toBe(word(7));
    expect(await set({ stateDiff: { [word(1)]: word(7) } })).toBe(word(42));
    expect(await set({ state: { [word(1)]: word(7) } })).toBe(word(0));
    expect(await set({ balance: "0x5", code: returns("47") })).toBe(word(5));
    expect(await set({ state: {}, stateDiff: {} })).toEqual({
      code: -32000,
      message: `account ${CONTRACT} has both 'state' and 'stateDiff'`,
    });
    expect(await set({ nonce: "0x01" })).toMatchObject({ code: -32602 });
    expect(await set({ state: { "0x1": word(1) } })).toMatchObject({ code: -32602 });
  });

  it("moves precompiles", async () => {
    const move = { [IDENTITY]: { movePrecompileToAddress: OTHER } };
    expect(await call({ to: OTHER, input: "0x1234" }, "latest", move)).toBe("0x1234");
    expect(await call({ to: IDENTITY, input: "0x1234" }, "latest", move)).toBe("0x");
    expect(await call({ to: IDENTITY, input: "0x1234" }, "latest")).toBe("0x1234");
    expect(await call({ to: OTHER }, "latest", { [OTHER]: { movePrecompileToAddress: RICH } })).toEqual({
      code: -32000,
      message: `account ${OTHER} is not a precompile`,
    });
    const both = { ...move, [OTHER]: { balance: "0x1" } };
    expect(await call({ to: OTHER }, "latest", both)).toEqual({
      code: -32000,
      message: `account ${OTHER} is already overridden`,
    });
  });

  it.each([
    ["43", { number: "0x1234" }, 0x1234],
    ["42", { time: "0x77" }, 0x77],
    ["45", { gasLimit: "0x99" }, 0x99],
    ["41", { feeRecipient: OTHER }, BigInt(OTHER)],
    ["44", { prevRandao: word(8) }, 8],
    ["4a", { blobBaseFee: "0x31" }, 0x31],
    ["48", { baseFeePerGas: "0x5" }, 0],
  ])("takes overrides of the block: %s %j", async (opcode, header, expected) => {
    const accounts = { [CONTRACT]: { code: returns(opcode) } };
    expect(await call({ to: CONTRACT }, "latest", accounts, header)).toBe(word(expected));
  });

  it("refuses what only eth_simulateV1 can override", async () => {
    expect(await call({ to: CONTRACT }, "latest", null, { withdrawals: [] })).toEqual({
      code: -32000,
      message: 'block override "withdrawals" is not supported for this RPC method',
    });
  });

  it("shows blob hashes and asks for their price", async () => {
    const accounts = { [CONTRACT]: { code: returns("5f49") } };
    const hash = word(0x01n << 248n);
    const blob = { from: RICH, to: CONTRACT, blobVersionedHashes: [hash] };
    expect(await call({ ...blob, maxFeePerBlobGas: "0x5" }, "latest", accounts)).toBe(hash);
    expect(await call(blob, "latest", accounts)).toBe(hash);
    expect(await call({ ...blob, blobVersionedHashes: [word(1)] })).toEqual({
      code: -32000,
      message: "err: blob 0 has invalid hash version (supplied gas 2147483646)",
    });
  });

  it("words refusals as geth does", async () => {
    const refused = async (request: object) =>
      (await call({ to: CONTRACT, ...request })) as { message: string };
    expect(await refused({ from: POOR, value: "0x1", gas: "0x5208" })).toEqual({
      code: -32000,
      message:
        "err: insufficient funds for gas * price + value: address 0xc0ffee254729296a45a3885639AC7E10F9d54979 have 0 want 1 (supplied gas 21000)",
    });
    expect((await refused({ gas: "0x1" })).message).toBe(
      "err: intrinsic gas too low: have 1, want 21000 (supplied gas 1)",
    );
    expect((await refused({ chainId: "0x1" })).message).toBe(
      "chainId does not match node's (have=1, want=7357)",
    );
    expect((await refused({ gasPrice: "0x1" })).message).toMatch(
      /^err: max fee per gas less than block base fee: address 0x0{40}, maxFeePerGas: 1, baseFee: 1000000000 /,
    );
  });

  it.each([
    ["0xfe", "invalid opcode: INVALID"],
    ["0x0c", "invalid opcode: opcode 0xc not defined"],
    ["0x600101", "stack underflow (1 <=> 2)"],
    ["0x5f56", "invalid jump destination"],
    ["0x63ffffffff51", "out of gas"],
  ])("words the failure of %s as geth does", async (code, message) => {
    const accounts = { [CONTRACT]: { code } };
    expect(await call({ to: CONTRACT, gas: "0x186a0" }, "latest", accounts)).toEqual({
      code: -32000,
      message,
    });
  });

  it("ends what takes too long", async () => {
    const accounts = { [CONTRACT]: { code: SPINS } };
    expect(await call({ to: CONTRACT }, "latest", accounts)).toEqual({
      code: -32000,
      message: "execution aborted (timeout = 300ms)",
    });
  });
});

describe("eth_estimateGas and eth_createAccessList", () => {
  it("take overrides", async () => {
    const accounts = { [CONTRACT]: { code: REVERTS } };
    const data = `0x08c379a0${word(32).slice(2)}${word(5).slice(2)}${"68656c6c6f".padEnd(64, "0")}`;
    expect((await harness.call("eth_estimateGas", { to: CONTRACT, data }, "latest", accounts)).error).toEqual(
      {
        code: 3,
        message: "execution reverted: hello",
        data,
      },
    );
    const writes = { [CONTRACT]: { code: "0x60015f5500", stateDiff: { [word(0)]: word(0) } } };
    const fresh = await harness.call("eth_estimateGas", { to: CONTRACT }, "latest", writes);
    expect(Number(fresh.result)).toBeGreaterThanOrEqual(21_000 + 22_100);
    const change = await harness.call("eth_estimateGas", { to: CONTRACT }, "latest", {
      [CONTRACT]: { code: "0x60015f5500" },
    });
    expect(Number(change.result)).toBeLessThan(21_000 + 7_000);
    const list = await harness.call("eth_createAccessList", { to: CONTRACT, data }, "latest", accounts);
    expect(list.result).toMatchObject({ accessList: [], error: "execution reverted" });
    const reads = await harness.call("eth_createAccessList", { to: CONTRACT }, "latest");
    expect(reads.result).toMatchObject({
      accessList: [{ address: CONTRACT, storageKeys: [word(0)] }],
    });
  });

  it("say how much gas would not do", async () => {
    const { error } = await harness.call("eth_estimateGas", { to: CONTRACT, gas: "0x5208" });
    expect(error).toEqual({ code: -32000, message: "gas required exceeds allowance (21000)" });
    const poor = await harness.call("eth_estimateGas", { from: POOR, to: CONTRACT, value: "0x1" });
    expect(poor.error?.message).toMatch(
      /^failed with \d+ gas: insufficient funds for gas \* price \+ value: /,
    );
    const transfer = { from: POOR, to: OTHER, value: "0x1", maxFeePerGas: "0x5" };
    expect((await harness.call("eth_estimateGas", transfer)).error).toEqual({
      code: -32000,
      message: "insufficient funds for transfer",
    });
  });
});
