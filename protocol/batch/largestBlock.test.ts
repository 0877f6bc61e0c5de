/**
 * Whatever users sign: a block that building allows fits one batch, and that fits one L1 transaction. A poster whose
 * next batch does not fit stands still for ever.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBatch } from "./batchCodec.ts";
import { type Envelope, joinEnvelope, numberToBytes } from "./envelope.ts";
import { MAX_BLOCK_TRANSACTIONS_BYTES } from "./limits.ts";
import { arbitraryTransaction } from "./testing/arbitraryTransactions.ts";
import { Dice, toBlocks } from "./testing/workloads.ts";

const MAX_BATCH_BYTES = 120_000;
const NONE = new Uint8Array(0);

const dice = new Dice(5);

const plain = (): Envelope => ({
  type: 2,
  chainId: Uint8Array.of(0x1c, 0xbd),
  nonce: dice.below(2 ** 31),
  gasLimit: numberToBytes(21_000 + dice.below(1000)),
  feeCap: dice.bytes(6).fill(1, 0, 1),
  tip: dice.bytes(5).fill(1, 0, 1),
  to: dice.bytes(20),
  value: dice.bytes(9).fill(1, 0, 1),
  data: NONE,
  accessList: [],
  authorizationList: [],
  yParity: 1,
  r: dice.bytes(32).fill(1, 0, 1),
  s: dice.bytes(32).fill(1, 0, 1),
});

/** As many as fit into a block, and one transaction at least. */
function encodedBlock(make: () => Envelope): number {
  const raws: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const raw = joinEnvelope(make());
    bytes += raw.length;
    if (bytes > MAX_BLOCK_TRANSACTIONS_BYTES) break;
    raws.push(raw);
  }
  expect(raws.length).toBeGreaterThan(0);
  return encodeBatch(toBlocks(raws, raws.length)).length;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** (nonce, address) alone: an invalid authorization costs gas, and changes nothing. */
const unsigned = () => ({
  chainId: NONE,
  address: dice.bytes(20),
  nonce: NONE,
  yParity: 0,
  r: NONE,
  s: NONE,
});

const WORST: Record<string, () => Envelope> = {
  "transfers, nothing alike": plain,
  "signatures chosen to be short": () => ({ ...plain(), r: Uint8Array.of(7), s: Uint8Array.of(1) }),
  "signatures short by as much as the column takes": () => ({ ...plain(), r: dice.bytes(30).fill(1, 0, 1) }),
  "authorizations without signatures": () => ({
    ...plain(),
    type: 4,
    authorizationList: times(3600, unsigned),
  }),
  "authorizations with one": () => ({
    ...plain(),
    type: 4,
    authorizationList: times(1000, () => ({ ...unsigned(), r: plain().r, s: plain().s })),
  }),
  "calldata of random bytes": () => ({ ...plain(), data: dice.bytes(109_000) }),
  "calldata of random words": () => ({ ...plain(), data: dice.bytes(4 + 32 * 3400) }),
  "calldata of one word": () => ({ ...plain(), data: dice.bytes(36) }),
  "access lists of random keys": () => ({
    ...plain(),
    accessList: times(40, () => ({ address: dice.bytes(20), storageKeys: times(80, () => dice.bytes(32)) })),
  }),
  "access lists of random addresses": () => ({
    ...plain(),
    accessList: times(4700, () => ({ address: dice.bytes(20), storageKeys: [] })),
  }),
  "creations of random code": () => ({ ...plain(), to: NONE, data: dice.bytes(3000) }),
};

describe("the largest block", () => {
  it.each(Object.entries(WORST))("of %s fits a batch", (_, make) => {
    expect(encodedBlock(make)).toBeLessThan(MAX_BATCH_BYTES);
  });

  it("fits whatever it is made of: columns are hardly longer than what they stand for", () => {
    fc.assert(
      fc.property(fc.array(arbitraryTransaction, { minLength: 1, maxLength: 60 }), (raws) => {
        const bytes = raws.reduce((sum, { length }) => sum + length, 0);
        expect(encodeBatch(toBlocks(raws)).length).toBeLessThan(150 + (bytes * MAX_BATCH_BYTES) / 111_000);
      }),
      { numRuns: 200 },
    );
  });
});
