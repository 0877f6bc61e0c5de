import { encodeFunctionData, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BraidError } from "../../protocol/index.ts";
import { compileSolidity } from "../../test/support/compileSolidity.ts";
import { rpc } from "../../test/support/rpc.ts";
import { type SpawnedAnvil, spawnAnvil } from "../../test/support/spawnAnvil.ts";
import { gethStructLogs, likeAnvil } from "../../test/support/trace/likeAnvil.ts";
import { type MinedCase, MinedChain } from "../../test/support/trace/minedChain.ts";
import { RAW_CODES } from "../../test/support/trace/rawCodes.ts";
import { TRACEE_SOURCE } from "../../test/support/trace/traceeSource.ts";

/** Anvil's first account. */
const RICH_KEY: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const RICH: Hex = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const SYSTEM_CONTRACTS: Hex[] = [
  "0x0000f90827f1c53a10cb7a02335b175320002935",
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
];

interface CallFrame {
  gas: Hex;
  gasUsed: Hex;
  error?: string;
  logs?: { address: Hex; data: Hex; index: Hex }[];
  calls?: CallFrame[];
}

const allLogs = (frame: CallFrame): NonNullable<CallFrame["logs"]> => [
  ...(frame.logs ?? []),
  ...(frame.calls ?? []).flatMap(allLogs),
];

describe("traces of the transactions that Anvil mined", { timeout: 120_000 }, () => {
  let anvil: SpawnedAnvil;
  const cases = new Map<string, MinedCase>();

  const named = (name: string): MinedCase => {
    const found = cases.get(name);
    if (found === undefined) throw new BraidError("TEST_NO_CASE", `there is no case "${name}"`);
    return found;
  };
  const theirs = (mined: MinedCase, options: object) =>
    rpc(anvil.rpcUrl, "debug_traceTransaction", [mined.hash, options]);

  beforeAll(async () => {
    anvil = await spawnAnvil(["--chain-id", "7357", "--steps-tracing"]);
    const { Tracee, Leaf } = compileSolidity(TRACEE_SOURCE);
    if (Tracee === undefined || Leaf === undefined)
      throw new BraidError("NOT_COMPILED", "a contract is missing");
    const chain = new MinedChain(anvil.rpcUrl, 7357);
    for (const address of [RICH, ...SYSTEM_CONTRACTS]) await chain.adopt(address);
    const add = async (name: string, transaction: object): Promise<Hex> => {
      const mined = await chain.mine({ from: RICH, ...transaction });
      cases.set(name, mined);
      return mined.receipt.contractAddress ?? "0x";
    };
    const tracee = await add("deploy Tracee", { data: Tracee.bytecode });
    const leaf = await add("deploy Leaf", { data: Leaf.bytecode });
    const call = (functionName: string, args: unknown[] = [], more: object = {}, name = functionName) =>
      add(name, { to: tracee, data: encodeFunctionData({ abi: Tracee.abi, functionName, args }), ...more });
    await add("transfer", { to: "0x00000000000000000000000000000000000000aa", value: "0x5" });
    await add("receive", { to: tracee, value: "0xde0b6b3a7640000" });
    await call("nested", [leaf, 5n], { value: "0x64" });
    await call("delegated", [leaf, 6n]);
    await call("create");
    await call("create2", [`0x${"11".repeat(32)}`]);
    await call("collide", [`0x${"22".repeat(32)}`]);
    await call("fleeting", ["0x00000000000000000000000000000000000000bb"], { value: "0x9" });
    await call("swallow", [leaf]);
    await call("fail", [leaf]);
    await call("panic");
    await call("precompiles", ["0x0102030405"]);
    await call("fill", [5n]);
    await call("clear", [5n]);
    await call("poor", [leaf]);
    await call("look", [RICH]);
    await call("look", ["0x00000000000000000000000000000000000000cc"], {}, "look at nobody");
    await call("transient");
    await call("kill", [leaf, "0x00000000000000000000000000000000000000dd"]);
    await call("fill", [50n], { gas: "0x20000" }, "out of gas");
    const owner = privateKeyToAccount(RICH_KEY);
    const nonce = Number(await rpc(anvil.rpcUrl, "eth_getTransactionCount", [RICH, "latest"]));
    const delegation = await owner.signAuthorization({
      contractAddress: leaf,
      chainId: 7357,
      nonce: nonce + 1,
    });
    const signed = await owner.signTransaction({
      type: "eip7702",
      chainId: 7357,
      nonce,
      gas: 500_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 10n ** 9n,
      to: RICH,
      data: encodeFunctionData({ abi: Leaf.abi, functionName: "set", args: [4n] }),
      authorizationList: [delegation],
    });
    cases.set(
      "delegate",
      await chain.follow(String(await rpc(anvil.rpcUrl, "eth_sendRawTransaction", [signed]))),
    );
    await call("look", [RICH], {}, "look at a delegated account");
    for (const [index, { name, code }] of RAW_CODES.entries()) {
      const address: Hex = `0x${(0x5000 + index).toString(16).padStart(40, "0")}`;
      await rpc(anvil.rpcUrl, "anvil_setCode", [address, code]);
      await chain.adopt(address);
      await add(name, { to: address, gas: "0x18000" });
      await add(`${name} while created`, { data: code, gas: "0x20000" });
    }
  }, 120_000);
  afterAll(() => anvil.stop());

  it("says of every instruction what Anvil says", async () => {
    for (const [name, mined] of cases) {
      // A thousand words on the stack, thousands of times, would take most of the test's time.
      const disableStack = name.startsWith("too deep a stack");
      const options = { enableMemory: true, enableReturnData: true, disableStack };
      const ours = await mined.trace(options);
      expect(likeAnvil(ours), name).toEqual(likeAnvil(gethStructLogs(await theirs(mined, options))));
    }
  });

  it("uses the gas and writes the logs of the receipts", async () => {
    for (const [name, mined] of cases) {
      const { gasUsed, status, logs } = mined.receipt;
      const failed = status === "0x0";
      expect(await mined.trace({}), name).toMatchObject({ gas: Number(gasUsed), failed });
      const options = { tracer: "callTracer", tracerConfig: { withLog: true } };
      const frame = (await mined.trace(options)) as CallFrame;
      expect(frame.gasUsed, name).toBe(gasUsed);
      const said = allLogs(frame).sort((a, b) => Number(a.index) - Number(b.index));
      expect(
        said.map(({ address, data }) => ({ address, data })),
        name,
      ).toEqual(logs.map(({ address, data }) => ({ address, data })));
      expect(
        said.map(({ index }) => Number(index)),
        name,
      ).toEqual(logs.map((_, index) => index));
    }
  });

  it("leaves the state that the lane leaves", async () => {
    for (const [name, mined] of cases) {
      const { lane, traced } = await mined.diffs();
      expect(traced, name).toEqual(lane);
    }
  });

  it("ends what takes too much time or says too much", async () => {
    const mined = named("fill");
    await expect(mined.trace({}, { timeoutMs: -1, maxBytes: 10_000_000 })).rejects.toThrow(
      "execution timeout",
    );
    for (const tracer of [undefined, "callTracer", "prestateTracer"]) {
      const bounds = { timeoutMs: 60_000, maxBytes: 100 };
      await expect(mined.trace({ tracer }, bounds), tracer).rejects.toThrow("trace exceeds 100 bytes");
    }
    // The VMs are whole after that.
    expect(await mined.trace({})).toMatchObject({ gas: Number(mined.receipt.gasUsed) });
  });

  it("nests calls as Anvil does", async () => {
    const tracer = { tracer: "callTracer", tracerConfig: { withLog: true } };
    const fields = new Set(["error", "index"]);
    const comparable = (frame: unknown): unknown =>
      JSON.parse(JSON.stringify(frame), (key, value) => (fields.has(key) ? key : value));
    for (const [name, mined] of cases) {
      const { gas, ...ours } = comparable(await mined.trace(tracer)) as CallFrame;
      const { gas: net, ...anvils } = comparable(await theirs(mined, tracer)) as CallFrame;
      expect(ours, name).toEqual(anvils);
      // Anvil takes off what the transaction costs by its form; geth gives the transaction's limit.
      expect(BigInt(gas), name).toBeGreaterThan(BigInt(net));
    }
  });

  it("words failures as geth does", async () => {
    const errorOf = async (name: string) =>
      ((await named(name).trace({ tracer: "callTracer" })) as CallFrame).error;
    for (const { name, error, creationError = error } of RAW_CODES) {
      expect(await errorOf(name), name).toBe(error);
      expect(await errorOf(`${name} while created`), `${name} while created`).toBe(creationError);
    }
    expect(await errorOf("fail")).toBe("execution reverted");
    expect(await errorOf("out of gas")).toBe("out of gas");
    const { calls = [] } = (await named("swallow").trace({ tracer: "callTracer" })) as CallFrame;
    const refused = { error: "execution reverted", revertReason: "no way" };
    expect(calls).toMatchObject([
      refused,
      { error: "execution reverted" },
      { error: "execution reverted", revertReason: "division or modulo by zero" },
      { error: "out of gas" },
      { error: "invalid opcode: INVALID" },
    ]);
    const poor = (await named("poor").trace({ tracer: "callTracer" })) as CallFrame;
    expect(poor.calls).toMatchObject([{ error: "insufficient balance for transfer", gasUsed: "0x0" }]);
    const collided = (await named("collide").trace({ tracer: "callTracer" })) as CallFrame;
    expect(collided.calls?.[1]).toMatchObject({ error: "contract address collision" });
  });

  it("finds the state before and after that Anvil finds", async () => {
    for (const tracerConfig of [{ diffMode: true }, {}]) {
      const tracer = { tracer: "prestateTracer", tracerConfig };
      for (const [name, mined] of cases) {
        // Anvil also lists slots of instructions that could not be paid for, and what a delegation first made now
        // points to.
        if (name === "swallow" || name === "out of gas" || name === "delegate") continue;
        expect(withoutEmpty(await mined.trace(tracer)), name).toEqual(
          withoutEmpty(await theirs(mined, tracer)),
        );
      }
    }
  });

  it("tells the frames in a row as Anvil's trace_transaction does", async () => {
    for (const [name, mined] of cases) {
      if (name === "precompiles") continue;
      const ours = await mined.trace({ parity: true });
      const anvils = await rpc(anvil.rpcUrl, "trace_transaction", [mined.hash]);
      const plain = (frames: unknown): unknown =>
        (JSON.parse(JSON.stringify(frames)) as { error?: string; result?: unknown }[]).map(
          ({ error, result, ...rest }) => ({
            ...rest,
            ...(error === undefined ? { result } : { failed: true }),
          }),
        );
      expect(plain(ours), name).toEqual(plain(anvils));
    }
  });

  it("counts selectors as Anvil does, without precompiles", async () => {
    for (const [name, mined] of cases) {
      if (name === "precompiles") continue;
      const tracer = { tracer: "4byteTracer" };
      expect(await mined.trace(tracer), name).toEqual(await theirs(mined, tracer));
    }
    expect(Object.keys((await named("precompiles").trace({ tracer: "4byteTracer" })) as object)).toHaveLength(
      1,
    );
  });

  it("runs several tracers at once, and keeps to the bounds", async () => {
    const mined = named("nested");
    const tracerConfig = { callTracer: { onlyTopCall: true }, noopTracer: {}, "4byteTracer": {} };
    const all = await mined.trace({ tracer: "muxTracer", tracerConfig });
    expect(all).toMatchObject({
      callTracer: { type: "CALL" },
      noopTracer: {},
      "4byteTracer": await mined.trace({ tracer: "4byteTracer" }),
    });
    expect((all as { callTracer: CallFrame }).callTracer.calls).toBeUndefined();
    await expect(mined.trace({ tracer: "{step(){}}" })).rejects.toThrow(
      /is not supported; there are 4byteTracer/,
    );
    const both = { diffMode: true, includeEmpty: true };
    await expect(mined.trace({ tracer: "prestateTracer", tracerConfig: both })).rejects.toThrow(
      "cannot use diffMode with includeEmpty",
    );
    const short = (await mined.trace({ limit: 1_000 })) as { structLogs: unknown[]; gas: number };
    expect(short.structLogs.length).toBeLessThan(20);
    expect(short.gas).toBe(Number(mined.receipt.gasUsed));
  });
});

type Accounts = Record<string, Record<string, unknown>>;

/** Without code hashes and, before the transaction, accounts that hold nothing. */
function withoutEmpty(answer: unknown): unknown {
  const { pre, post, ...all } = JSON.parse(JSON.stringify(answer)) as Record<string, Accounts>;
  const plain = (accounts: Accounts) =>
    Object.entries(accounts).map(([address, { codeHash: _, ...rest }]) => [address, rest] as const);
  const held = (accounts: Accounts) =>
    Object.fromEntries(
      plain(accounts).filter(
        ([, { balance, code, nonce }]) => balance !== "0x0" || code !== undefined || nonce !== undefined,
      ),
    );
  if (pre === undefined || post === undefined) return held(JSON.parse(JSON.stringify(all)) as Accounts);
  return { pre: held(pre), post: Object.fromEntries(plain(post)) };
}
