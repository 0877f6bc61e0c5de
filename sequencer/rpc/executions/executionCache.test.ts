import { expect, test } from "vitest";
import { generatedReport } from "../../chain-store/testing/generatedChain.ts";
import { createExecutionCache } from "./executionCache.ts";

test("a report is read once, a block without one is asked for again, a failure is not kept", async () => {
  const asked: number[] = [];
  let isDown = true;
  const cache = createExecutionCache({
    blockExecution: async (blockNumber) => {
      asked.push(blockNumber);
      if (isDown) throw new TypeError("the store is down");
      return blockNumber === 1 ? generatedReport(1, 3) : undefined;
    },
  });
  await expect(cache.byNumber(1)).rejects.toThrow("the store is down");
  isDown = false;
  const reads = await Promise.all([cache.byNumber(1), cache.byNumber(1)]);
  expect([...reads, await cache.byNumber(1)]).toEqual(Array.from({ length: 3 }, () => generatedReport(1, 3)));
  expect(await cache.byNumber(2)).toBeUndefined();
  expect(await cache.byNumber(2)).toBeUndefined();
  expect(asked).toEqual([1, 1, 2, 2]);
});
