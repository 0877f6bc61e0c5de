import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineReaders } from "../../../executor/index.ts";
import { bytesToHex, EMPTY_BYTES, hexToBytes } from "../../../protocol/index.ts";
import { type Harness, makeBlock, startHarness } from "../testing/rpcHarness.ts";

const FROM = `0x${"c0".repeat(20)}`;
const TO = `0x${"c1".repeat(20)}`;
/** A state trie of one account that nobody asks for: RLP of a leaf's path and value. */
const LEAF = hexToBytes(`0xe3a120${"ab".repeat(32)}07`);
const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const word = (address: string) => `0x${"0".repeat(24)}${address.slice(2)}`;

let harness: Harness;
beforeAll(async () => {
  const nothing = { account: () => undefined, storage: () => EMPTY_BYTES, code: () => EMPTY_BYTES };
  const { stateRoot } = makeBlock(undefined).header;
  const head = { number: 0, hash: new Uint8Array(32), stateRoot };
  const readers = inlineReaders({
    snapshot: () => ({ ...nothing, head, close: () => undefined }),
    node: () => LEAF,
    code: nothing.code,
  });
  harness = await startHarness({ blocks: 3, dependencies: { readers } });
});
afterAll(() => harness.stop());

const simulate = async (request: unknown, ...more: unknown[]) => {
  const { result, error } = await harness.call("eth_simulateV1", request, ...more);
  return error ?? result;
};
const rich = { [FROM]: { balance: "0xde0b6b3a7640000" } };

describe("eth_simulateV1", () => {
  it("answers a block as eth_getBlockByNumber does, with its calls", async () => {
    const calls = [{ from: FROM, to: TO, value: "0x1" }];
    const [block] = Object(
      await simulate({ blockStateCalls: [{ stateOverrides: rich, calls }], traceTransfers: true }),
    );
    const known = Object((await harness.call("eth_getBlockByNumber", "latest", false)).result);
    expect(Object.keys(block).sort()).toEqual([...Object.keys(known), "calls"].sort());
    const [hash] = block.transactions;
    expect(block).toMatchObject({
      number: "0x3",
      gasUsed: "0x5208",
      baseFeePerGas: "0x0",
      parentHash: known.hash,
    });
    expect(block.calls).toEqual([
      {
        returnData: "0x",
        gasUsed: "0x5208",
        maxUsedGas: "0x5208",
        status: "0x1",
        logs: [
          {
            address: `0x${"ee".repeat(20)}`,
            topics: [TRANSFER, word(FROM), word(TO)],
            data: `0x${"0".repeat(63)}1`,
            blockNumber: "0x3",
            blockHash: block.hash,
            blockTimestamp: block.timestamp,
            transactionHash: hash,
            transactionIndex: "0x0",
            logIndex: "0x0",
            removed: false,
          },
        ],
      },
    ]);
  });

  it("shows whole transactions on request", async () => {
    const fees = { maxFeePerGas: "0x3b9aca00", maxPriorityFeePerGas: "0x1" };
    const calls = [
      { from: FROM, to: TO, gas: "0x5208", ...fees },
      { from: FROM, to: TO, gas: "0x5208", gasPrice: "0x3b9aca00" },
    ];
    const [block] = Object(
      await simulate({
        blockStateCalls: [{ stateOverrides: rich, calls }],
        returnFullTransactions: true,
        validation: true,
      }),
    );
    expect(block.transactions).toMatchObject([
      { type: "0x2", from: FROM, to: TO, nonce: "0x0", chainId: "0x1cbd", v: "0x0", yParity: "0x0", ...fees },
      { type: "0x0", from: FROM, nonce: "0x1", gasPrice: "0x3b9aca00", v: "0x0" },
    ]);
  });

  it("says what is wrong with a request", async () => {
    expect(await simulate({ blockStateCalls: [] })).toEqual({ code: -32602, message: "empty input" });
    expect(await simulate({})).toEqual({ code: -32602, message: "empty input" });
    expect(
      await simulate({ blockStateCalls: [{ blockOverrides: { number: `0x1${"0".repeat(60)}` } }] }),
    ).toEqual({
      code: -38026,
      message: "too many blocks",
    });
    expect(await simulate({ blockStateCalls: [{ blockOverrides: { number: "0x2" } }] })).toEqual({
      code: -38020,
      message: "block numbers must be in order: 2 <= 2",
    });
    expect(await simulate({ blockStateCalls: [{}] }, "0x99")).toEqual({
      code: -32000,
      message: "header not found",
    });
    expect(await simulate({ blockStateCalls: [{ calls: [{ value: "1" }] }] })).toMatchObject({
      code: -32602,
    });
    const calls = Array.from({ length: 5001 }, () => ({}));
    expect(await simulate({ blockStateCalls: [{ calls }] })).toEqual({
      code: -38026,
      message: "too many calls in block: 5001 > 5000",
    });
    const poor = [{ from: FROM, to: TO, value: "0x1", gas: "0x5208" }];
    expect(await simulate({ blockStateCalls: [{ calls: poor }] })).toMatchObject({ code: -38014 });
  });

  it("reads the blocks above the one that is named", async () => {
    const [block] = Object(await simulate({ blockStateCalls: [{}] }, "0x1"));
    const known = harness.chain.blocks[1];
    expect(block).toMatchObject({
      number: "0x2",
      parentHash: bytesToHex(known?.hash ?? EMPTY_BYTES),
      calls: [],
    });
  });
});
