import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError } from "../errors.ts";
import type { BatchCommitment } from "./batchCommitment.ts";
import type { BatchMessage, BlockClaim, ProofInput } from "./proofInput.ts";
import { decodeProofInput, encodeProofInput } from "./proofInputCodec.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ maxLength: 40 });
const count = fc.maxSafeNat();

const commitment: fc.Arbitrary<BatchCommitment> = fc.record({
  header: fc.record({
    number: count,
    previousHash: bytes(32),
    firstBlock: count,
    lastBlock: count,
    postStateRoot: bytes(32),
    lastBlockHash: bytes(32),
    outputRoot: bytes(32),
    l1OriginNumber: count,
    l1OriginHash: bytes(32),
    messagesConsumed: count,
  }),
  dataHash: bytes(32),
  rollingHash: bytes(32),
});
const message: fc.Arbitrary<BatchMessage> = fc.oneof(
  fc.record({ kind: fc.constant("attributes" as const), block: count, raw: some }),
  fc.record({ kind: fc.constant("deposit" as const), block: count, l1Block: count, raw: some }),
  fc.record({
    kind: fc.constant("forced" as const),
    block: count,
    l1Block: count,
    from: bytes(20),
    raw: some,
  }),
);
const claim: fc.Arbitrary<BlockClaim> = fc.record({
  hash: bytes(32),
  stateRoot: bytes(32),
  receiptsRoot: bytes(32),
  transactions: fc.array(
    fc.record({ status: fc.constantFrom(0 as const, 1 as const), gasUsed: count, receiptHash: bytes(32) }),
    { maxLength: 3 },
  ),
});
const proofInput: fc.Arbitrary<ProofInput> = fc.record({
  batch: fc.record({
    commitment,
    previous: commitment,
    parentHeader: some,
    data: some,
    blobs: fc.option(fc.array(bytes(32), { maxLength: 3 }), { nil: undefined }),
    messages: fc.array(message, { maxLength: 4 }),
    claims: fc.array(claim, { maxLength: 3 }),
  }),
  witness: fc.record({ nodes: fc.array(some, { maxLength: 4 }), codes: fc.array(some, { maxLength: 2 }) }),
});

/** The decoded input, or that it is refused as it should be. */
function decoded(encoded: Uint8Array): ProofInput | "refused" {
  try {
    return decodeProofInput(encoded);
  } catch (error) {
    if (error instanceof DecodeError) return "refused";
    throw error;
  }
}

describe("proof inputs", () => {
  test("come out as they went in", () => {
    fc.assert(
      fc.property(proofInput, (input) => {
        expect(decodeProofInput(encodeProofInput(input))).toEqual(input);
      }),
    );
  });

  test("cut anywhere, or with something behind them, are refused", () => {
    fc.assert(
      fc.property(proofInput, fc.nat(), (input, at) => {
        const encoded = encodeProofInput(input);
        expect(decoded(encoded.subarray(0, at % encoded.length))).toBe("refused");
        expect(decoded(Buffer.concat([encoded, Uint8Array.of(0)]))).toBe("refused");
      }),
    );
  });

  test("with any bit turned are another input or refused, and never anything else", () => {
    fc.assert(
      fc.property(proofInput, fc.nat(), (input, bit) => {
        const encoded = encodeProofInput(input);
        const at = Math.floor(bit / 8) % encoded.length;
        encoded[at] = (encoded[at] ?? 0) ^ (1 << (bit % 8));
        expect(decoded(encoded)).not.toEqual(input);
      }),
    );
  });

  test("that claim more than they hold take no memory for it", () => {
    const empty: ProofInput = {
      batch: {
        commitment: zero,
        previous: zero,
        parentHeader: new Uint8Array(),
        data: new Uint8Array(),
        blobs: undefined,
        messages: [],
        claims: [],
      },
      witness: { nodes: [], codes: [] },
    };
    const encoded = encodeProofInput(empty);
    // The last two bytes count nodes and codes.
    const claiming = Buffer.concat([encoded.subarray(0, -2), Uint8Array.of(0xff, 0xff, 0x7f)]);
    expect(() => decodeProofInput(claiming)).toThrow(/more than there is data for/);
  });
});

const zero: BatchCommitment = {
  header: {
    number: 0,
    previousHash: new Uint8Array(32),
    firstBlock: 0,
    lastBlock: 0,
    postStateRoot: new Uint8Array(32),
    lastBlockHash: new Uint8Array(32),
    outputRoot: new Uint8Array(32),
    l1OriginNumber: 0,
    l1OriginHash: new Uint8Array(32),
    messagesConsumed: 0,
  },
  dataHash: new Uint8Array(32),
  rollingHash: new Uint8Array(32),
};
