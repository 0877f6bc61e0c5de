import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bigIntToBytes } from "../../protocol/index.ts";
import { encodeReceipt } from "./encodeReceipt.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Lengths around which RLP's headers change, and a single byte that needs none. */
const data = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .constantFrom(0, 1, 54, 55, 56, 255, 256, 65_535, 65_536)
    .map((length) => new Uint8Array(length).fill(0x7f)),
);

test("receipts are the RLP of their fields, whatever their length", () => {
  const receipt = fc.record({
    type: fc.constantFrom(0, 1, 2, 3, 4),
    status: fc.constantFrom(0 as const, 1 as const),
    cumulativeGasUsed: fc.bigInt({ min: 21_000n, max: 2n ** 40n }),
    /** Deposits may use less than a transaction costs, and none at all. */
    deposit: fc.option(
      fc.record({
        depositNonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        cumulativeGasUsed: fc.bigInt({ min: 0n, max: 300n }),
      }),
      { nil: undefined },
    ),
    logsBloom: bytes(256),
    logs: fc.array(fc.record({ address: bytes(20), topics: fc.array(bytes(32), { maxLength: 4 }), data }), {
      maxLength: 5,
    }),
  });
  fc.assert(
    fc.property(receipt, ({ deposit, status, logsBloom, logs, ...rest }) => {
      const type = deposit === undefined ? rest.type : 0x7e;
      const { cumulativeGasUsed } = deposit ?? rest;
      const bloom = logs.length === 0 ? new Uint8Array(256) : logsBloom;
      const fields = RLP.encode([
        status === 1 ? Uint8Array.of(1) : new Uint8Array(0),
        bigIntToBytes(cumulativeGasUsed),
        bloom,
        logs.map((log) => [log.address, log.topics, log.data]),
        ...(deposit === undefined ? [] : [bigIntToBytes(deposit.depositNonce), Uint8Array.of(1)]),
      ]);
      const expected = type === 0 ? fields : Buffer.concat([Uint8Array.of(type), fields]);
      const encoded = encodeReceipt({
        type,
        status,
        cumulativeGasUsed,
        gasUsed: cumulativeGasUsed,
        effectiveGasPrice: 1n,
        logsBloom: bloom,
        logs,
        contractAddress: undefined,
        ...(deposit === undefined ? {} : { depositNonce: deposit.depositNonce }),
      });
      expect(Buffer.from(encoded).equals(Buffer.from(expected))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
