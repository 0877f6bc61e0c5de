import fc from "fast-check";
import { expect, it } from "vitest";
import type { MinedLog } from "../../chain-store/types.ts";
import { formatLogs } from "./log.ts";
import { logsText } from "./logsText.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const index = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const placed = fc.record({
  log: fc.record({
    address: bytes(20),
    topics: fc.array(bytes(32), { maxLength: 4 }),
    data: fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 5000, size: "max" })),
  }),
  transactionHash: bytes(32),
  transactionIndex: index,
  logIndex: index,
});
const block = fc.record({
  blockNumber: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  blockHash: bytes(32),
  blockTimestamp: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});
/** Logs of a block share its hash, as they come from the chain store. */
const logs = fc
  .array(fc.tuple(block, fc.array(placed, { maxLength: 8 })), { maxLength: 6 })
  .map((blocks): MinedLog[] =>
    blocks.flatMap(([shared, found]) => found.map((one) => ({ ...shared, ...one }))),
  );

it("logs as text are the logs as objects, written out", () => {
  fc.assert(
    fc.property(logs, (given) => {
      expect(logsText(given).text).toBe(JSON.stringify(formatLogs(given)));
    }),
    { numRuns: 300 },
  );
});

it("an answer larger than the memory that is kept is whole", () => {
  const log = { address: new Uint8Array(20), topics: [], data: new Uint8Array(3_000_000).fill(0xa5) };
  const at = { blockNumber: 1, blockHash: new Uint8Array(32), blockTimestamp: 2, transactionIndex: 3 };
  const given = [0, 1].map((logIndex): MinedLog => {
    return { log, ...at, transactionHash: new Uint8Array(32), logIndex };
  });
  expect(logsText(given).text).toBe(JSON.stringify(formatLogs(given)));
  expect(logsText([]).text).toBe("[]");
});
