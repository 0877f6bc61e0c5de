import { once } from "node:events";
import { expect, test } from "vitest";
import { startThread } from "./startThread.ts";

test("a thread runs a TypeScript module with its imports and its data", async () => {
  const worker = startThread(new URL("./echoThread.fixture.ts", import.meta.url), { value: 20 });
  const [answer] = await once(worker, "message");
  expect(answer).toEqual({ doubled: 40, hash: expect.stringMatching(/^c5d24601/) });
  await worker.terminate();
});

test("a module that fails to load is the worker's error", async () => {
  const worker = startThread(new URL("./absent.fixture.ts", import.meta.url), {});
  const [error] = await once(worker, "error");
  expect(String(error)).toContain("absent.fixture");
});
