import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import { joinEnvelope, numberToBytes, splitEnvelope } from "./envelope.ts";
import { arbitraryTransaction } from "./testing/arbitraryTransactions.ts";
import { signedByViem } from "./testing/signedByViem.ts";

describe("envelopes", () => {
  it("come back byte for byte from their fields", () => {
    fc.assert(
      fc.property(arbitraryTransaction, (raw) => {
        const envelope = splitEnvelope(raw);
        expect(envelope).toBeDefined();
        if (envelope !== undefined) expect(bytesToHex(joinEnvelope(envelope))).toBe(bytesToHex(raw));
      }),
      { numRuns: 500 },
    );
  });

  it("as viem signs them, of every type", async () => {
    for (const [name, raw] of Object.entries((await signedByViem()).signed)) {
      const envelope = splitEnvelope(raw);
      if (envelope === undefined) throw new DecodeError(`${name} has no fields`);
      expect(joinEnvelope(envelope), name).toEqual(raw);
      expect(decodeTransaction(joinEnvelope(envelope)).hash, name).toEqual(decodeTransaction(raw).hash);
    }
  });

  it("have fields in one form only: whatever splits is joined to itself", () => {
    fc.assert(
      fc.property(arbitraryTransaction, fc.nat(), fc.integer({ min: 1, max: 255 }), (raw, at, flip) => {
        const changed = new Uint8Array(raw);
        changed[at % raw.length] = (changed[at % raw.length] ?? 0) ^ flip;
        const envelope = splitEnvelope(changed);
        if (envelope !== undefined) expect(bytesToHex(joinEnvelope(envelope))).toBe(bytesToHex(changed));
      }),
      { numRuns: 1000 },
    );
  });

  it("out of form have none", () => {
    const fields = (v: Uint8Array) => [
      numberToBytes(1),
      numberToBytes(2),
      numberToBytes(21_000),
      new Uint8Array(20),
      numberToBytes(0),
      new Uint8Array(0),
      v,
      new Uint8Array(32).fill(1),
      new Uint8Array(32).fill(2),
    ];
    expect(splitEnvelope(RLP.encode(fields(numberToBytes(28))))?.chainId).toBeUndefined();
    expect(splitEnvelope(RLP.encode(fields(numberToBytes(38))))?.chainId).toEqual(Uint8Array.of(1));
    expect(splitEnvelope(RLP.encode(fields(numberToBytes(34))))).toBeUndefined();
    expect(splitEnvelope(RLP.encode(fields(Uint8Array.of(0, 38))))).toBeUndefined();
    expect(splitEnvelope(RLP.encode(fields(new Uint8Array(8).fill(255))))).toBeUndefined();
    expect(splitEnvelope(RLP.encode(fields(numberToBytes(28)).slice(1)))).toBeUndefined();
    expect(
      splitEnvelope(Buffer.concat([RLP.encode(fields(numberToBytes(28))), Uint8Array.of(0)])),
    ).toBeUndefined();
    expect(splitEnvelope(Uint8Array.of(3, 0xc0))).toBeUndefined();
    expect(splitEnvelope(new Uint8Array(0))).toBeUndefined();
  });
});
