import fc from "fast-check";
import { expect, test } from "vitest";
import type { ContendedLocation, Location, TransactionExecution } from "../../../executor/index.ts";
import { DecodeError } from "../../../protocol/index.ts";
import { decodeContended, encodeContended } from "./contendedCodec.ts";
import { decodeExecutions, encodeExecutions } from "./executionsCodec.ts";

const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const slot = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 32 }))
  .map(([bytes, zeros]) => bytes.fill(0, 0, zeros));
const location: fc.Arbitrary<Location> = fc.oneof(
  fc.record({ address, field: fc.constant("storage" as const), slot }),
  fc.record({
    address,
    field: fc.constantFrom("balance", "nonce", "code", "existence", "storageRoot"),
    slot: fc.constant(undefined),
  }),
);
const execution: fc.Arbitrary<TransactionExecution> = fc.record({
  lane: fc.integer({ min: 0, max: 300 }),
  runs: fc.integer({ min: 1, max: 3 }),
  conflict: fc.option(location, { nil: undefined }),
  footprint: fc.constantFrom("declared", "predicted", "implied"),
  declared: fc.constantFrom("absent", "exact", "too wide", "too narrow", "wide and narrow"),
  touched: fc.array(fc.record({ address, storageKeys: fc.array(slot, { maxLength: 5 }) }), { maxLength: 4 }),
});
const transfer: TransactionExecution = {
  lane: 0,
  runs: 1,
  conflict: undefined,
  footprint: "implied",
  declared: "absent",
  touched: [],
};
const one = fc.oneof(fc.constant(transfer), execution);
/** Half of them large enough to be deflated. */
const block = fc.oneof(
  fc.array(one, { maxLength: 60 }),
  fc.array(execution, { minLength: 40, maxLength: 60, size: "max" }),
);

test("executions are read back as they were written, deflated or not", async () => {
  let deflated = 0;
  await fc.assert(
    fc.asyncProperty(block, async (executions) => {
      const encoded = await encodeExecutions(executions);
      if (encoded[0] === 2) deflated++;
      expect(await decodeExecutions(encoded)).toEqual(executions);
    }),
    { numRuns: 300 },
  );
  expect(deflated).toBeGreaterThan(0);
});

test("a block of plain transfers is three bytes", async () => {
  const encoded = await encodeExecutions(new Array(5000).fill(transfer));
  expect(encoded).toHaveLength(3);
  expect(await decodeExecutions(encoded)).toEqual(new Array(5000).fill(transfer));
});

test("contended locations are read back as they were written", () => {
  const contended: fc.Arbitrary<ContendedLocation[]> = fc.array(
    fc.record({ location, transactions: fc.nat(70_000), writers: fc.nat(300), reExecuted: fc.nat(200) }),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(contended, (locations) => {
      const encoded = encodeContended(locations);
      expect(decodeContended(encoded)).toEqual(locations);
      expect(encoded.length).toBeLessThanOrEqual(1 + 10 * 61);
    }),
  );
});

test("what was not written so is refused", async () => {
  const encoded = await encodeExecutions([transfer, { ...transfer, lane: 3 }]);
  const cut = encoded.subarray(0, encoded.length - 1);
  const beyond = Buffer.from([...encoded, 5, 0, 1]);
  for (const wrong of [new Uint8Array([9, 0]), new Uint8Array(0), cut, beyond]) {
    await expect(decodeExecutions(wrong)).rejects.toThrow(DecodeError);
  }
  expect(() => decodeContended(new Uint8Array([7]))).toThrow(DecodeError);
  expect(() => decodeContended(new Uint8Array([1, 2, 3]))).toThrow(DecodeError);
});
