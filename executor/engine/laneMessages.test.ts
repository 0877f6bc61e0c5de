import fc from "fast-check";
import { expect, test } from "vitest";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { keyOf } from "./keys.ts";
import { decodeLaneJob, encodeLaneJob, encodeOutcomes, type LaneJob, OutcomeReader } from "./laneMessages.ts";
import { EMPTY_BLOOM, type Outcome } from "./outcome.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const key = (length: number) => bytes(length).map(keyOf);
const amount = () => fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const record = () =>
  fc.record({
    nonce: amount(),
    balance: amount(),
    codeHash: fc.oneof(fc.constant(EMPTY_CODE_HASH), bytes(32)),
    storageRoot: fc.oneof(fc.constant(EMPTY_TRIE_ROOT), bytes(32)),
  });

const reads = () =>
  fc.record({
    accounts: fc.array(
      fc.record({
        key: key(20),
        record: optional(record()),
        fromBase: fc.boolean(),
        omitted: fc.constant(false),
        fields: fc.nat(31),
        minBalance: amount(),
        maxBalance: optional(amount()),
      }),
    ),
    slots: fc.array(
      fc.record({
        key: key(20),
        slot: key(32),
        value: fc.uint8Array({ maxLength: 32 }),
        fromBase: fc.boolean(),
      }),
    ),
  });

const done = (): fc.Arbitrary<Outcome> =>
  fc
    .record({
      kind: fc.constant("done" as const),
      status: fc.constantFrom(0 as const, 1 as const),
      gasUsed: amount(),
      logs: fc.array(
        fc.record({
          address: bytes(20),
          topics: fc.array(bytes(32), { maxLength: 4 }),
          data: fc.uint8Array(),
        }),
      ),
      logsBloom: bytes(256),
      contractAddress: optional(bytes(20)),
      fee: optional(amount()),
      reads: reads(),
      writes: fc.record({
        accounts: fc.array(
          fc.record({
            key: key(20),
            deleted: fc.boolean(),
            nonce: optional(amount()),
            codeHash: optional(bytes(32)),
            balanceDelta: fc.bigInt({ min: -(2n ** 256n - 1n), max: 2n ** 256n - 1n }),
            storageCleared: fc.boolean(),
            slots: fc.array(fc.record({ slot: key(32), value: fc.uint8Array({ maxLength: 32 }) })),
          }),
        ),
        codes: fc.array(fc.record({ hash: bytes(32), code: fc.uint8Array() })),
      }),
    })
    .map((outcome) => (outcome.logs.length === 0 ? { ...outcome, logsBloom: EMPTY_BLOOM } : outcome))
    .chain((outcome) =>
      fc.oneof(
        fc.constant(outcome),
        amount().map((depositNonce) => ({ ...outcome, depositNonce })),
      ),
    );

const invalid = (): fc.Arbitrary<Outcome> =>
  fc.record({
    kind: fc.constant("invalid" as const),
    reason: fc.string({ unit: "grapheme" }),
    retryable: fc.boolean(),
    reads: reads(),
  });

const environment = () =>
  fc.record(
    {
      number: fc.nat(),
      parentHash: bytes(32),
      timestamp: fc.nat(),
      baseFeePerGas: amount(),
      gasLimit: amount(),
      coinbase: bytes(20),
      prevRandao: bytes(32),
      extraData: fc.uint8Array({ maxLength: 32 }),
      parentBeaconBlockRoot: bytes(32),
      difficulty: amount(),
      excessBlobGas: amount(),
      blockHashes: fc.array(fc.tuple(fc.nat(), bytes(32))).map((entries) => new Map(entries)),
      systemCalls: fc.boolean(),
    },
    {
      requiredKeys: [
        "number",
        "parentHash",
        "timestamp",
        "baseFeePerGas",
        "gasLimit",
        "coinbase",
        "prevRandao",
        "extraData",
        "parentBeaconBlockRoot",
      ],
    },
  );

const transaction = (): fc.Arbitrary<LaneTransaction> =>
  fc
    .record({
      type: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const, 0x7e as const),
      sender: bytes(20),
      chainId: optional(amount()),
      nonce: amount(),
      gasLimit: amount(),
      maxFeePerGas: amount(),
      maxPriorityFeePerGas: amount(),
      to: optional(bytes(20)),
      value: amount(),
      data: fc.uint8Array({ maxLength: 9000 }),
      accessList: fc.array(fc.record({ address: bytes(20), storageKeys: fc.array(bytes(32)) })),
      authorizationList: fc.array(
        fc.record({
          chainId: amount(),
          address: bytes(20),
          nonce: amount(),
          yParity: fc.nat(255),
          r: amount(),
          s: amount(),
        }),
      ),
      blobs: fc.record({ versionedHashes: fc.array(bytes(32)), maxFeePerBlobGas: amount() }),
      deposit: fc.record({ sourceHash: bytes(32), mint: amount() }),
    })
    .map(({ blobs, deposit, ...rest }) => {
      if (rest.type === 3) return { ...rest, blobs };
      return rest.type === 0x7e ? { ...rest, deposit } : rest;
    });

const job = (): fc.Arbitrary<LaneJob> =>
  fc.record({
    environment: environment(),
    layers: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
    transactions: fc.array(
      fc.record({
        transaction: transaction(),
        assumeNonce: fc.boolean(),
        rehearsal: fc.boolean(),
        builtOn: fc.boolean(),
      }),
      {
        maxLength: 5,
      },
    ),
  });

test("a lane's job arrives as it was sent", () => {
  fc.assert(
    fc.property(job(), (sent) => {
      expect(decodeLaneJob(encodeLaneJob(sent))).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});

function decode(message: Uint8Array): Outcome[] {
  const reader = new OutcomeReader(message);
  const outcomes: Outcome[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) outcomes.push(next);
  return outcomes;
}

/** What is left out: values of the parent's state where the transaction wrote nothing. */
function asReceived(outcome: Outcome): Outcome {
  const writes = outcome.kind === "done" ? outcome.writes.accounts : [];
  const written = new Map(writes.map((write) => [write.key, write]));
  return {
    ...outcome,
    reads: {
      accounts: outcome.reads.accounts.map((read) =>
        read.fromBase && !written.has(read.key) ? { ...read, omitted: true, record: undefined } : read,
      ),
      slots: outcome.reads.slots.map((read) => {
        const isWritten = written.get(read.key)?.slots.some(({ slot }) => slot === read.slot) === true;
        return read.fromBase && !isWritten ? { ...read, value: undefined } : read;
      }),
    },
  };
}

test("outcomes arrive as they were sent, but for what the coordinator knows", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(done(), invalid()), { maxLength: 4 }), (sent) => {
      expect(decode(encodeOutcomes(sent))).toEqual(sent.map(asReceived));
    }),
    { numRuns: 60 },
  );
});

test("a message that was cut off is refused", () => {
  const outcomes: Outcome[] = [
    { kind: "invalid", reason: "r", retryable: true, reads: { accounts: [], slots: [] } },
  ];
  expect(() => decode(encodeOutcomes(outcomes).subarray(0, 4))).toThrow(/ends too soon/);
});
