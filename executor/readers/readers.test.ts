import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { Hardfork } from "@ethereumjs/common";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes, padTo32 } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { braidRules } from "../engine/chainRules.ts";
import { createReplayState, type ReplayState } from "../replay/replayState.ts";
import { ExecutionRevertedError } from "../simulate/errors.ts";
import type { SimulationParams } from "../simulate/types.ts";
import { createReaders, inlineReaders, type Readers, ReadTimeoutError } from "./index.ts";

const at = (last: number) => {
  const address = new Uint8Array(20);
  address[0] = 0x10;
  address[19] = last;
  return address;
};
/** Answers slot 0. */
const READER = at(1);
/** Reverts with the data it was given. */
const REVERTER = at(2);
/** Loops for ever. */
const SPINNER = at(3);

const environment: BlockEnvironment = {
  number: 1,
  parentHash: new Uint8Array(32).fill(7),
  timestamp: 1_800_000_000,
  baseFeePerGas: 10_000_000n,
  gasLimit: 120_000_000n,
  coinbase: at(0xff),
  prevRandao: new Uint8Array(32),
  extraData: new Uint8Array(0),
  parentBeaconBlockRoot: new Uint8Array(32),
};

let state: ReplayState;
beforeAll(async () => {
  const account = (address: Uint8Array, code: string, storage: [number, number][] = []) => ({
    address,
    nonce: 1n,
    balance: 0n,
    code: hexToBytes(code),
    storage: storage.map(([slot, value]) => ({
      slot: padTo32(Uint8Array.of(slot)),
      value: Uint8Array.of(value),
    })),
  });
  const alloc = [
    account(READER, "0x5f545f5260205ff3", [[0, 42]]),
    account(REVERTER, "0x365f5f37365ffd"),
    account(SPINNER, "0x5b5f56"),
  ];
  state = await createReplayState(alloc, environment);
});
afterAll(() => state.close());

function params(to: Uint8Array, more: Partial<SimulationParams> = {}): SimulationParams {
  return {
    scene: {
      state: { blockNumber: 0, stateRoot: state.stateRoot },
      environment,
      rules: braidRules(7357),
    },
    request: { to },
    gasCap: 50_000_000n,
    ...more,
  };
}

const answerOf = async (readers: Readers, more: Partial<SimulationParams> = {}, client = "a") => {
  const { returnData } = await readers.run("call", params(READER, more), { timeoutMs: 5_000, client });
  return BigInt(bytesToHex(returnData));
};

describe.each([
  ["on threads", () => createReaders({ stateDirectory: state.dataDir, threads: 2, queueLimit: 10 })],
  ["inline", async () => inlineReaders(state.store)],
])("reads %s", (_, open) => {
  let readers: Readers;
  beforeAll(async () => {
    readers = await open();
  });
  afterAll(() => readers.close());

  it("answer from the store, through the trie and with changes on top", async () => {
    expect(await answerOf(readers)).toBe(42n);
    const changes = {
      accounts: [
        {
          address: READER,
          account: { nonce: 1n, balance: 0n, codeHash: codeHashOf(READER) },
          storageCleared: false,
          storage: [{ slot: new Uint8Array(32), value: Uint8Array.of(9) }],
        },
      ],
      codes: [],
    };
    const { scene } = params(READER);
    expect(await answerOf(readers, { scene: { ...scene, state: { ...scene.state, changes } } })).toBe(9n);
    const unknown = { ...scene.state, stateRoot: new Uint8Array(32).fill(3) };
    await expect(answerOf(readers, { scene: { ...scene, state: unknown } })).rejects.toMatchObject({
      code: "TRIE_NODE_MISSING",
    });
  });

  it("hand on errors as they were", async () => {
    const data = Uint8Array.of(1, 2, 3);
    const failed = readers.run("call", params(REVERTER, { request: { to: REVERTER, data } }), {
      timeoutMs: 1_000,
    });
    await expect(failed).rejects.toBeInstanceOf(ExecutionRevertedError);
    await expect(failed).rejects.toMatchObject({
      code: "EXECUTION_REVERTED",
      message: "execution reverted",
      data,
    });
    const refused = readers.run("call", params(READER, { request: { to: READER, value: 1n } }), {
      timeoutMs: 1_000,
    });
    await expect(refused).rejects.toMatchObject({ name: "SimulationError", code: "INSUFFICIENT_FUNDS" });
  });

  it("run under the rules of the scene", async () => {
    const difficulty = 0x1234n;
    const run = (hardfork: Hardfork) =>
      answerOf(readers, {
        scene: {
          ...params(READER).scene,
          environment: { ...environment, difficulty },
          rules: { chainId: 1, hardfork },
        },
        stateOverrides: [{ address: READER, code: hexToBytes("0x4460005260206000f3") }],
      });
    for (const fork of [Hardfork.Homestead, Hardfork.Byzantium, Hardfork.London]) {
      expect(await run(fork)).toBe(difficulty);
    }
    expect(await run(Hardfork.Cancun)).toBe(0n);
  });

  it.each([Hardfork.Osaka, Hardfork.Homestead])("end when their time is over (%s)", async (hardfork) => {
    const endless = params(SPINNER, { gasCap: 2n ** 31n - 1n });
    endless.scene.rules = { chainId: 1, hardfork };
    endless.stateOverrides = [{ address: SPINNER, code: hexToBytes("0x5b600056") }];
    let finished = false;
    const spinning = readers.run("call", endless, { timeoutMs: 400 }).finally(() => {
      finished = true;
    });
    const outcome = expect(spinning).rejects.toMatchObject({
      code: "READ_TIMEOUT",
      message: "execution aborted (timeout = 400ms)",
    });
    let meanwhile = 0;
    while (!finished) {
      expect(await answerOf(readers)).toBe(42n);
      meanwhile++;
      await setImmediate();
    }
    await outcome;
    expect(meanwhile).toBeGreaterThan(0);
    await expect(spinning).rejects.toBeInstanceOf(ReadTimeoutError);
  });
});

function codeHashOf(address: Uint8Array): Uint8Array {
  const account = state.store.reader().account(address);
  if (account === undefined) throw new RangeError("no such account");
  return account.codeHash;
}

describe("read threads", () => {
  it("refuse what does not fit the queue, and serve clients in turn", async () => {
    const readers = await createReaders({
      stateDirectory: state.dataDir,
      threads: 1,
      queueLimit: 4,
      jobsPerThread: 1,
    });
    const order: string[] = [];
    const ask = (client: string) => answerOf(readers, {}, client).then(() => order.push(client));
    const served = [ask("greedy"), ask("greedy"), ask("greedy"), ask("greedy"), ask("modest")];
    await expect(ask("late")).rejects.toMatchObject({ code: "READ_QUEUE_FULL", retryable: true });
    await Promise.all(served);
    expect(order).toEqual(["greedy", "greedy", "modest", "greedy", "greedy"]);
    await readers.close();
    await expect(ask("late")).rejects.toMatchObject({ code: "READERS_CLOSED" });
  });

  it("end a thread that cannot be interrupted, and go on with another", async () => {
    const lost: string[] = [];
    const readers = await createReaders({
      stateDirectory: state.dataDir,
      threads: 1,
      queueLimit: 100,
      onThreadLost: (error) => lost.push(error.code),
    });
    // More gas than our interpreter counts: the stock one runs it, and nothing can get a word in.
    const held = readers.run("call", params(SPINNER, { gasCap: 2n ** 40n }), { timeoutMs: 100 });
    const others = Array.from({ length: 10 }, () => answerOf(readers));
    await expect(held).rejects.toMatchObject({ message: "execution aborted (timeout = 100ms)" });
    expect(await Promise.all(others)).toEqual(new Array(10).fill(42n));
    await readers.close();
    expect(lost).toEqual(["READ_THREAD_LOST"]);
  });

  it("fail to start where there is no store", async () => {
    const stateDirectory = `${state.dataDir}-absent`;
    expect(existsSync(stateDirectory)).toBe(false);
    await expect(createReaders({ stateDirectory, threads: 2, queueLimit: 1 })).rejects.toMatchObject({
      code: "READ_THREAD_LOST",
    });
  });
});
