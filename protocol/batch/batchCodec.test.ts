import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError, InvariantError } from "../errors.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import { DEPOSIT_TYPE } from "../transaction/deposit.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { decodeBatch, encodeBatch, encodeBatchAsync } from "./batchCodec.ts";
import { BATCH_LIMITS } from "./limits.ts";
import { arbitraryTransaction, fixedBytes } from "./testing/arbitraryTransactions.ts";
import { packBatch, unpackBatch } from "./testing/packBatch.ts";
import { signedByViem } from "./testing/signedByViem.ts";
import { toBlocks } from "./testing/workloads.ts";

/** In no envelope's form, most of them. */
const noise = fc.uint8Array({ minLength: 1, maxLength: 300 }).filter(([type]) => type !== DEPOSIT_TYPE);

const body = fc.record(
  {
    seconds: fc.nat(20),
    baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    gasLimit: fc.constantFrom(0n, 30_000_000n, 120_000_000n),
    coinbase: fc.oneof(fc.constant(new Uint8Array(20)), fixedBytes(20)),
    prevRandao: fc.oneof(fc.constant(undefined), fc.constant(new Uint8Array(32)), fixedBytes(32)),
    extraData: fc.uint8Array({ maxLength: 32 }),
    parentBeaconBlockRoot: fc.oneof(fc.constant(new Uint8Array(32)), fixedBytes(32)),
    origin: fc.option(fc.record({ step: fc.nat(2), skipped: fc.nat(1), messages: fc.nat(2) }), {
      nil: undefined,
    }),
    transactions: fc.array(fc.oneof(arbitraryTransaction, arbitraryTransaction, noise), { maxLength: 12 }),
  },
  { noNullPrototype: true },
);

const batch = fc
  .tuple(fc.nat(2 ** 40), fc.nat(2 ** 33), fc.nat(2 ** 30), fc.array(body, { minLength: 1, maxLength: 10 }))
  .map(([first, start, l1Start, bodies]): BatchBlock[] => {
    let timestamp = start;
    let l1Number = l1Start;
    let sequenceNumber = 0;
    return bodies.map(({ seconds, origin, ...rest }, index) => {
      timestamp += seconds;
      const block = { number: first + index, timestamp, ...rest };
      if (origin === undefined) return block;
      sequenceNumber = origin.step === 0 ? sequenceNumber + 1 + origin.skipped : 0;
      l1Number += origin.step;
      const hash = new Uint8Array(32).fill(l1Number % 251);
      return { ...block, l1Origin: { number: l1Number, hash, sequenceNumber, messages: origin.messages } };
    });
  });

function decodesOrRefuses(data: Uint8Array): BatchBlock[] | undefined {
  try {
    return decodeBatch(data);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return undefined;
  }
}

const flipped = (bytes: Uint8Array, at: number, flip: number): Uint8Array => {
  const changed = new Uint8Array(bytes);
  if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ flip;
  return changed;
};

describe("batch codec", () => {
  it("gives back what it encoded", async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (blocks) => {
        const data = encodeBatch(blocks);
        if (!isDeepStrictEqual(decodeBatch(data), blocks)) expect(decodeBatch(data)).toEqual(blocks);
        expect(Buffer.compare(await encodeBatchAsync(blocks), data)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it("gives back what viem signed, of every type, and with it the sender", async () => {
    const { sender, signed } = await signedByViem();
    const raws = Object.values(signed);
    const decoded = decodeBatch(encodeBatch(toBlocks(raws, 2))).flatMap(({ transactions }) => transactions);
    expect(decoded).toEqual(raws);
    expect(decoded.map((raw) => decodeTransaction(raw).sender)).toEqual(raws.map(() => sender));
  });

  it("carries no deposits: they come from L1", async () => {
    const [block] = toBlocks([new Uint8Array(8).fill(0x7d)]);
    if (block === undefined) throw new InvariantError("no block was made");
    const { columns, signatures } = unpackBatch(encodeBatch([block]));
    const at = columns.indexOf(new Uint8Array(8).fill(0x7d));
    columns[at] = DEPOSIT_TYPE;
    expect(() => decodeBatch(packBatch(columns, signatures))).toThrow("a batch holds no deposits");
    const deposits = [{ ...block, transactions: [Uint8Array.of(DEPOSIT_TYPE, 1)] }];
    expect(() => encodeBatch(deposits)).toThrow(/has a deposit, which batches do not carry/);
    await expect(encodeBatchAsync(deposits)).rejects.toThrow(InvariantError);
  });

  it("refuses every truncation, of the whole and of its parts, and bytes behind the end", () => {
    fc.assert(
      fc.property(batch, fc.double({ min: 0, max: 0.999, noNaN: true }), (blocks, part) => {
        const data = encodeBatch(blocks);
        const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length * part));
        const { columns, signatures } = unpackBatch(data);
        expect(decodesOrRefuses(cut(data))).toBeUndefined();
        expect(decodesOrRefuses(packBatch(cut(columns), signatures))).toBeUndefined();
        if (signatures.length > 0) {
          expect(decodesOrRefuses(packBatch(columns, cut(signatures)))).toBeUndefined();
        }
        expect(decodesOrRefuses(Buffer.concat([data, Uint8Array.of(0)]))).toBeUndefined();
        expect(
          decodesOrRefuses(packBatch(Buffer.concat([columns, Uint8Array.of(0)]), signatures)),
        ).toBeUndefined();
      }),
    );
  });

  it("answers changed bytes with blocks or a DecodeError, compressed or not", () => {
    const place = { at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) };
    fc.assert(
      fc.property(
        batch,
        fc.array(fc.record(place), { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ maxLength: 400 }),
        (blocks, changes, junk) => {
          const data = encodeBatch(blocks);
          const { columns, signatures } = unpackBatch(data);
          let [whole, inside]: Uint8Array[] = [data, columns];
          for (const { at, flip } of changes) {
            whole = flipped(whole ?? data, at, flip);
            inside = flipped(inside ?? columns, at, flip);
            // What decodes is a batch like any other.
            const blocksAgain = decodesOrRefuses(packBatch(inside, signatures));
            if (blocksAgain !== undefined) {
              expect(isDeepStrictEqual(decodeBatch(encodeBatch(blocksAgain)), blocksAgain)).toBe(true);
            }
            decodesOrRefuses(whole);
          }
          decodesOrRefuses(junk);
          decodesOrRefuses(packBatch(junk, signatures));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses an unknown version and an empty batch", () => {
    expect(() => decodeBatch(new Uint8Array(0))).toThrow(/version missing/);
    expect(() => decodeBatch(Uint8Array.of(9))).toThrow(/version 9/);
    expect(() => encodeBatch([])).toThrow(/at least one block/);
  });

  it("refuses to encode what it would not decode", () => {
    const [block] = toBlocks([Uint8Array.of(0xc0)]);
    if (block === undefined) throw new InvariantError("no block was made");
    const origin = { number: 5, hash: new Uint8Array(32), sequenceNumber: 0, messages: 0 };
    const child = { ...block, number: block.number + 1 };
    const older = { ...child, l1Origin: { ...origin, number: 4 } };
    const otherHash = { ...child, l1Origin: { ...origin, hash: new Uint8Array(32).fill(1) } };
    expect(() => encodeBatch([{ ...block, l1Origin: origin }, older])).toThrow(/older L1 origin/);
    expect(() => encodeBatch([{ ...block, l1Origin: origin }, otherHash])).toThrow(/another hash/);
    expect(() => encodeBatch([block, { ...child, timestamp: 1 }])).toThrow(/older than its parent/);
    expect(() => encodeBatch([block, { ...child, number: 1 }])).toThrow(/breaks the batch's row/);
    expect(() => encodeBatch([{ ...block, transactions: [new Uint8Array(0)] }])).toThrow(/empty transaction/);
    const many = Array.from({ length: BATCH_LIMITS.transactions + 1 }, () => Uint8Array.of(0xc0));
    expect(() => encodeBatch([{ ...block, transactions: many }])).toThrow(/too many/);
  });
});
