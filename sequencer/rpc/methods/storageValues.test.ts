import { expect, it } from "vitest";
import { startHarness } from "../testing/rpcHarness.ts";

const A = `0x${"aa".repeat(20)}`;
const B = `0x${"BB".repeat(20)}`;
const slot = (n: number) => `0x${n.toString(16).padStart(64, "0")}`;

it("eth_getStorageValues reads the slots of several accounts, and bounds them", async () => {
  const harness = await startHarness({
    dependencies: {
      state: {
        latest: () => ({
          head: { number: 0, hash: new Uint8Array(32), stateRoot: new Uint8Array(32) },
          account: () => undefined,
          storage: (address, key) => Uint8Array.of(address[0] ?? 0, key[31] ?? 0),
          code: () => new Uint8Array(0),
          close: () => undefined,
        }),
        at: () => Promise.reject(new RangeError("only the latest state here")),
        trieNode: () => undefined,
      },
    },
  });
  const call = (...params: unknown[]) => harness.call("eth_getStorageValues", ...params);
  expect((await call({ [A]: [slot(1), "0x2"], [B]: [slot(3)] }, "latest")).result).toEqual({
    [A]: [slot(0xaa01), slot(0xaa02)],
    [B.toLowerCase()]: [slot(0xbb03)],
  });
  const many = (count: number) => Array.from({ length: count }, (_, n) => slot(n));
  expect((await call({ [A]: many(1000), [B]: many(24) })).error).toBeUndefined();
  expect((await call({ [A]: many(1000), [B]: many(25) })).error).toEqual({
    code: -38026,
    message: "too many slots (max 1024)",
  });
  expect((await call({})).error).toEqual({ code: -32602, message: "empty request" });
  expect((await call({ [A]: [] })).error).toEqual({ code: -32602, message: "empty request" });
  for (const bad of [
    [A],
    "0x1",
    { "0x12": [slot(1)] },
    { [A]: slot(1) },
    { [A]: [5] },
    { [A]: ["0xzz"] },
    null,
  ]) {
    expect((await call(bad, "latest")).error?.code).toBe(-32602);
  }
  await harness.stop();
});
