import fc from "fast-check";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, expect, test } from "vitest";
import {
  bytesEqual,
  decodeL1AttributesTransaction,
  depositTransaction,
  EMPTY_BYTES,
  hexToBytes,
  type Transaction,
} from "../../protocol/index.ts";
import { testKey } from "../../test/support/signTransfer.ts";
import { NO_L1_POSITION } from "../chain-store/l1Positions.ts";
import type { L1BlockRecord, L1Message, L1Position } from "../chain-store/types.ts";
import { takeFromL1 } from "./takeFromL1.ts";

const CHAIN = { chainId: 7357, gasLimit: 30_000_000n };
/** By gas limit, in millions. */
const GAS = [1n, 4n, 9n, 16n, 17n].map((millions) => millions * 1_000_000n);
let forced: Uint8Array[];

beforeAll(async () => {
  const account = privateKeyToAccount(testKey(0));
  const sign = async (gas: bigint) =>
    hexToBytes(
      await account.signTransaction({
        ...{ type: "eip1559", chainId: CHAIN.chainId, nonce: 0, gas, value: 0n },
        ...{ maxFeePerGas: 1n, maxPriorityFeePerGas: 0n, to: "0x00000000000000000000000000000000000000aa" },
      }),
    );
  forced = await Promise.all(GAS.map(sign));
});

function l1Block(number: number): L1BlockRecord {
  const word = (byte: number) => new Uint8Array(32).fill(byte);
  return {
    ...{ number, hash: word(number), parentHash: word(number - 1), timestamp: 12 * number },
    ...{ baseFee: 1n, blobBaseFee: 1n },
  };
}

interface Wanted {
  kind: "deposit" | "forced" | "garbage";
  gas: number;
  /** L1 blocks since the message before. */
  later: number;
}

function queue(wanted: Wanted[]): L1Message[] {
  let l1 = 1;
  return wanted.map(({ kind, gas, later }, index) => {
    l1 += later;
    const place = { index, l1Block: l1, transactionHash: EMPTY_BYTES, logIndex: index };
    const rest = { sender: new Uint8Array(20), messageHash: EMPTY_BYTES, rollingHash: EMPTY_BYTES };
    if (kind === "garbage") return { ...place, ...rest, kind: "forced", payload: Uint8Array.of(index) };
    if (kind === "forced") return { ...place, ...rest, kind, payload: forced[gas] ?? EMPTY_BYTES };
    const deposit = depositTransaction({
      ...{ sourceHash: new Uint8Array(32).fill(index), from: rest.sender, to: rest.sender },
      ...{ mint: 0n, value: 0n, gasLimit: GAS[gas] ?? 0n, data: EMPTY_BYTES },
    });
    return { ...place, ...rest, kind, payload: deposit.raw };
  });
}

const wanted = fc.record({
  kind: fc.constantFrom("deposit" as const, "forced" as const, "garbage" as const),
  gas: fc.nat(GAS.length - 1),
  later: fc.nat(2),
});

test("blocks consume the queue in order, each message once, within their gas, and end with all of it", () => {
  fc.assert(
    fc.property(fc.array(wanted, { maxLength: 25 }), fc.integer({ min: 1, max: 5 }), (list, stride) => {
      const messages = queue(list);
      const last = (messages.at(-1)?.l1Block ?? 1) + 1;
      let position: L1Position = NO_L1_POSITION;
      const seen: Uint8Array[] = [];
      for (let blocks = 0; position.messagesConsumed < messages.length || blocks === 0; blocks++) {
        const origin = l1Block(Math.min(last, 1 + stride * blocks));
        const due = messages.slice(position.messagesConsumed).filter((one) => one.l1Block <= origin.number);
        const part = takeFromL1(position, { origin, messages: due }, CHAIN);
        const moved = origin.number > position.originNumber;
        expect(part.position).toMatchObject({
          originNumber: origin.number,
          sequenceNumber: moved ? 0 : position.sequenceNumber + 1,
          messagesConsumed: position.messagesConsumed + part.messages,
        });
        // Something goes on whenever something is due.
        if (due.length > 0) expect(part.messages).toBeGreaterThan(0);
        expect(sumOfGas(part.transactions)).toBeLessThanOrEqual(CHAIN.gasLimit);
        const own = moved ? part.transactions.slice(1) : part.transactions;
        if (moved) {
          expect(decodeL1AttributesTransaction(part.transactions[0] ?? none())).toMatchObject(
            l1AttributesOf(origin),
          );
        }
        const kinds = own.map(({ deposit }) => (deposit === undefined ? 1 : 0));
        expect(kinds).toEqual([...kinds].sort());
        const taken = messages.slice(position.messagesConsumed, part.position.messagesConsumed);
        expect(own).toHaveLength(taken.length - part.skipped.length);
        for (const kind of ["deposit", "forced"] as const) {
          const inBlock = own.filter(({ deposit }) => (deposit === undefined) === (kind === "forced"));
          const inQueue = taken.filter(
            (one) => one.kind === kind && !part.skipped.some(({ index }) => index === one.index),
          );
          expect(inBlock.map(({ raw }) => raw)).toEqual(inQueue.map(({ payload }) => payload));
        }
        seen.push(...taken.map(({ payload }) => payload));
        position = { ...part.position, transactionsFromL1: part.transactions.length };
      }
      expect(seen).toEqual(messages.map(({ payload }) => payload));
    }),
    { numRuns: 200 },
  );
});

test("what can never be in a block is passed over without using gas", () => {
  const messages = queue([
    { kind: "garbage", gas: 0, later: 0 },
    // More gas than EIP-7825 lets a transaction have.
    { kind: "forced", gas: 4, later: 0 },
    { kind: "deposit", gas: 3, later: 0 },
  ]);
  const part = takeFromL1(NO_L1_POSITION, { origin: l1Block(1), messages }, CHAIN);
  expect(part.skipped.map(({ index }) => index)).toEqual([0, 1]);
  expect(part.messages).toBe(3);
  expect(part.transactions).toHaveLength(2);
});

test("refuses a queue with a gap, a message that no block can hold, and another block in the origin's place", () => {
  const messages = queue([{ kind: "deposit", gas: 4, later: 0 }]);
  const at = { origin: l1Block(1), messages };
  const consumed = { ...NO_L1_POSITION, messagesConsumed: 1 };
  expect(() => takeFromL1(consumed, at, CHAIN)).toThrow("message 0 where 1 is due");
  expect(() => takeFromL1(NO_L1_POSITION, at, { ...CHAIN, gasLimit: 17_500_000n })).toThrow("does not fit");
  const elsewhere = { ...NO_L1_POSITION, originNumber: 1, originHash: new Uint8Array(32).fill(9) };
  expect(() => takeFromL1(elsewhere, at, CHAIN)).toThrow("another than");
  expect(bytesEqual(l1Block(1).hash, elsewhere.originHash)).toBe(false);
});

function l1AttributesOf({ number, timestamp, hash, baseFee, blobBaseFee }: L1BlockRecord) {
  return { number, timestamp, hash, baseFee, blobBaseFee, sequenceNumber: 0 };
}

function sumOfGas(transactions: Transaction[]): bigint {
  return transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n);
}

function none(): never {
  throw new TypeError("no transaction");
}
