import { Bloom } from "@ethereumjs/vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Log } from "./block.ts";
import { logsBloom, orInto } from "./logsBloom.ts";

const log: fc.Arbitrary<Log> = fc.record({
  address: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  topics: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 4 }),
  data: fc.uint8Array({ maxLength: 8 }),
});

function oracle(logs: Log[]): Uint8Array {
  const bloom = new Bloom();
  for (const { address, topics } of logs) {
    bloom.add(address);
    for (const topic of topics) bloom.add(topic);
  }
  return bloom.bitvector;
}

test("equals the bloom of @ethereumjs/vm", () => {
  fc.assert(
    fc.property(fc.array(log, { maxLength: 8 }), (logs) => {
      expect(logsBloom(logs)).toEqual(oracle(logs));
    }),
  );
});

test("the union of blooms is the bloom of all logs", () => {
  fc.assert(
    fc.property(fc.array(log), fc.array(log), (first, second) => {
      const union = logsBloom(first);
      orInto(union, logsBloom(second));
      expect(union).toEqual(oracle([...first, ...second]));
    }),
  );
});

test("blooms of no logs are apart from each other", () => {
  const bloom = logsBloom([]);
  bloom[0] = 1;
  expect(logsBloom([])).toEqual(new Uint8Array(256));
});
