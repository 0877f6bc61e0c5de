import { afterAll, beforeAll, expect, test } from "vitest";
import { methods } from "../../rpc/methods/index.ts";
import { type Harness, startHarness } from "../../rpc/testing/rpcHarness.ts";
import { devMethods } from "./index.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.stop();
});

/** What the node serves to everybody, and a development chain serves in another way. */
const REPLACED = ["eth_accounts", "eth_sendRawTransaction"];

test("without --dev none of the development methods is there", async () => {
  for (const name of devMethods.keys()) {
    if (REPLACED.includes(name)) continue;
    expect(methods.has(name), name).toBe(false);
    const { error } = await harness.call(name);
    expect(error).toEqual({ code: -32601, message: `the method ${name} does not exist/is not available` });
  }
  for (const name of REPLACED) expect(methods.has(name)).toBe(true);
  expect(await harness.call("eth_accounts")).toMatchObject({ result: [] });
});

test("each has a name, a summary and parameters of its own", () => {
  for (const [name, method] of devMethods) {
    expect(method.name).toBe(name);
    expect(method.summary.length).toBeGreaterThan(10);
  }
});
