import { Hardfork } from "@ethereumjs/common";
import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes, padTo32 } from "../../../protocol/index.ts";
import { TimeLimit } from "../../readers/timeLimit.ts";
import { planBlocks } from "./planBlocks.ts";
import { simulateBlocksJob } from "./simulateBlocksJob.ts";
import {
  at,
  BASE_NUMBER,
  block,
  CHAIN_ID,
  paramsFor,
  SENDERS,
  storedState,
  word,
} from "./testSupport/storedState.ts";
import type { SimulateBlocksParams, SimulatedBlockRequest } from "./types.ts";

const rules = { chainId: CHAIN_ID, hardfork: Hardfork.Osaka };
const [SENDER = 0n] = SENDERS;
const OUTER = 0xa0n;
const INNER = 0xa1n;
const from = at(SENDER);

/** Logs, calls the next address with 1 wei, and logs again. */
const OUTER_CODE = "0x5f5fa05f5f5f5f600160a15af1505f5fa000";
const REVERTS = "0x5f5fa05f5ffd";
const SPINS = "0x5b5f56";
const STOPS = "0x00";

function scene(
  outer: string,
  inner: string,
  requests: SimulatedBlockRequest[],
  more: Partial<SimulateBlocksParams> = {},
) {
  const contracts = [outer, inner].map((code) => ({ code: hexToBytes(code), balance: 10n, slots: [] }));
  const { desk, stateRoot } = storedState(contracts, [OUTER, INNER]);
  return { desk, params: { ...paramsFor(stateRoot, rules, requests), ...more } };
}

function simulate(...args: Parameters<typeof scene>) {
  const { desk, params } = scene(...args);
  return simulateBlocksJob(desk, params);
}

const refused = (promise: Promise<unknown>, rpcCode: number, message: string) =>
  expect(promise).rejects.toMatchObject({ rpcCode, message });

describe("logs of a simulated call", () => {
  const call = block([
    { from, to: at(OUTER), value: 2n },
    { from, to: at(OUTER) },
  ]);

  it("are numbered as if those of failed frames were there", async () => {
    const [first] = await simulate(OUTER_CODE, REVERTS, [call]);
    expect(first?.calls.map(({ logs }) => logs.map(({ index }) => index))).toEqual([
      [0, 2],
      [3, 5],
    ]);
  });

  it("show transfers of ether where that is wanted, and only what happened", async () => {
    const traced = async (inner: string) => {
      const [first] = await simulate(OUTER_CODE, inner, [call], { traceTransfers: true });
      return { shown: first?.calls[0]?.logs ?? [], bloom: first?.block.header.logsBloom };
    };
    const { shown } = await traced(STOPS);
    expect(shown.map(({ log }) => log.topics.length)).toEqual([3, 0, 3, 0]);
    const [into, , on] = shown;
    expect(into?.log.topics.slice(1)).toEqual([padTo32(from), padTo32(at(OUTER))]);
    expect(into?.log.data).toEqual(word(2n));
    expect(bytesToHex(on?.log.address ?? from)).toBe(`0x${"ee".repeat(20)}`);
    expect(on?.log.data).toEqual(word(1n));
    const failing = await traced(REVERTS);
    expect(failing.shown.map(({ index }) => index)).toEqual([0, 1, 4]);
    // The block's bloom is of what the chain would log.
    const [plain] = await simulate(OUTER_CODE, REVERTS, [call]);
    expect(failing.bloom).toEqual(plain?.block.header.logsBloom);
  });

  it("are none when the call fails", async () => {
    const [first] = await simulate(REVERTS, STOPS, [call], { traceTransfers: true });
    expect(first?.calls[0]).toMatchObject({
      logs: [],
      returnData: new Uint8Array(0),
      error: { code: 3, message: "execution reverted", data: new Uint8Array(0) },
    });
  });
});

describe("gas of a simulation", () => {
  it("is what is left of the block, and of the request's", async () => {
    const gasLimit = 2_000_000n;
    const spin = block(
      [
        { from, to: at(OUTER), gas: 1_500_000n },
        { from, to: at(INNER) },
      ],
      {
        overrides: { gasLimit },
      },
    );
    const [first] = await simulate(SPINS, STOPS, [spin]);
    expect(first?.calls[0]?.error).toEqual({ code: -32015, message: "out of gas" });
    expect(first?.block.transactions.map((one) => one.gasLimit)).toEqual([1_500_000n, 500_000n]);
    expect(first?.block.header.gasUsed).toBe(1_521_000n);

    const capped = await simulate(SPINS, STOPS, [block([{ from, to: at(OUTER) }])], { gasCap: 900_000n });
    expect(capped[0]?.calls[0]).toMatchObject({
      gasUsed: 900_000n,
      error: {
        code: -32015,
        message: "out of gas (gas limit was capped by the RPC server's global gas cap)",
      },
    });
  });

  it("ends the simulation where the block has no more", async () => {
    const calls = [
      { from, to: at(OUTER), gas: 29_990_000n },
      { from, to: at(OUTER), gas: 21_000n },
    ];
    await refused(
      simulate(SPINS, STOPS, [block(calls)]),
      -38015,
      "block gas limit reached: remaining: 10000, required: 21000",
    );
  });

  it("is bounded by time", async () => {
    const { desk, params } = scene(SPINS, STOPS, [block([{ from, to: at(OUTER) }])]);
    await refused(
      simulateBlocksJob({ ...desk, limit: new TimeLimit(20) }, params),
      -32603,
      "execution aborted (timeout = 20ms)",
    );
  });

  it("is bounded by the size of the answer", async () => {
    const calls = Array.from({ length: 20 }, () => ({ from, to: at(INNER) }));
    await refused(
      simulate(SPINS, STOPS, [block(calls)], { maxBytes: 2000 }),
      -38026,
      "answer exceeds 2000 bytes",
    );
  });
});

describe("validation", () => {
  const address = getAddress(bytesToHex(from));
  const validated = (call: object) => {
    return simulate(STOPS, STOPS, [block([{ from, to: at(OUTER), gas: 21_000n, ...call }])], {
      validation: true,
    });
  };

  it("asks for the nonce, the base fee and the funds", async () => {
    const fees = { maxFeePerGas: 10n ** 10n };
    await refused(
      validated({ ...fees, nonce: 5n }),
      -38011,
      `err: nonce too high: address ${address}, tx: 5 state: 0 (supplied gas 21000)`,
    );
    await refused(
      validated({}),
      -38012,
      `err: max fee per gas less than block base fee: address ${address}, maxFeePerGas: 0, baseFee: 875000000 (supplied gas 21000)`,
    );
    await refused(
      validated(fees),
      -38014,
      `err: insufficient funds for gas * price + value: address ${address} have 1000 want 210000000000000 (supplied gas 21000)`,
    );
    await refused(
      validated({ ...fees, gas: 20_999n }),
      -38014,
      `err: insufficient funds for gas * price + value: address ${address} have 1000 want 209990000000000 (supplied gas 20999)`,
    );
  });

  it("lets a call without it ask for too little gas all the same", async () => {
    await refused(
      simulate(STOPS, STOPS, [block([{ from, to: at(OUTER), gas: 20_999n }])]),
      -38013,
      "err: intrinsic gas too low: have 20999, want 21000 (supplied gas 20999)",
    );
  });
});

describe("planning blocks", () => {
  const base = { number: BASE_NUMBER, timestamp: 1000 };
  const plan = (...overrides: SimulatedBlockRequest["overrides"][]) =>
    planBlocks(
      base,
      overrides.map((one) => block([], { overrides: one })),
    ).map(({ number, timestamp }) => [number, timestamp]);

  it("fills gaps, twelve seconds a block", () => {
    expect(plan({}, { number: 504 }, { time: 2000 })).toEqual([
      [501, 1012],
      [502, 1024],
      [503, 1036],
      [504, 1048],
      [505, 2000],
    ]);
    expect(plan({ number: 756 })).toHaveLength(256);
  });

  it.each([
    [[{ number: 500 }], -38020, "block numbers must be in order: 500 <= 500"],
    [[{}, { number: 501 }], -38020, "block numbers must be in order: 501 <= 501"],
    [[{ time: 1000 }], -38021, "block timestamps must be in order: 1000 <= 1000"],
    [[{ number: 503, time: 1024 }], -38021, "block timestamps must be in order: 1024 <= 1024"],
    [[{ number: 757 }], -38026, "too many blocks"],
    [[], -32602, "empty input"],
  ])("refuses %j", (overrides, rpcCode, message) => {
    expect(() => plan(...overrides)).toThrow(expect.objectContaining({ rpcCode, message }));
  });
});

describe("blocks on one another", () => {
  it("know their ancestors' hashes and times, and pay withdrawals", async () => {
    // Returns BLOCKHASH(calldata).
    const blockhash = "0x5f35405f5260205ff3";
    const ask = (number: number) => ({ from, to: at(OUTER), data: word(BigInt(number)) });
    const withdrawals = [{ index: 1n, validatorIndex: 2n, address: at(0xfeedn), amount: 3n }];
    const blocks = await simulate(blockhash, STOPS, [
      block([ask(BASE_NUMBER)], { overrides: { withdrawals } }),
      block([ask(BASE_NUMBER + 1), ask(BASE_NUMBER + 2)]),
    ]);
    const [first, second] = blocks;
    expect(first?.calls[0]?.returnData).toEqual(first?.block.header.parentHash);
    expect(second?.calls[0]?.returnData).toEqual(first?.block.hash);
    expect(second?.calls[1]?.returnData).toEqual(word(0n));
    const paid = await simulate("0x5f35315f5260205ff3", STOPS, [
      block([], { overrides: { withdrawals } }),
      block([ask(0xfeed)]),
    ]);
    expect(paid[1]?.calls[0]?.returnData).toEqual(word(3_000_000_000n));
  });
});
