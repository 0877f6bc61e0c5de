import { expect, it } from "vitest";
import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { RawJson } from "../json-rpc/rawJson.ts";
import { startHarness } from "../testing/rpcHarness.ts";

const raw = defineMethod({
  name: "test_raw",
  summary: "Text that is JSON already",
  params: z.tuple([z.string()]),
  handler: (_, [text]) => new RawJson(text),
});

it("puts JSON text into the answer as it is, ASCII or not, and counts its bytes", async () => {
  const harness = await startHarness({ methods: new Map([[raw.name, raw]]), limits: { responseBytes: 100 } });
  for (const value of [{ a: [1, "x", null] }, "Grüße ✓ 🙂", "é"]) {
    const response = await harness.post(
      JSON.stringify({ jsonrpc: "2.0", id: 7, method: "test_raw", params: [JSON.stringify(value)] }),
    );
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get("content-length")).toBe(String(bytes.length));
    expect(JSON.parse(bytes.toString("utf8"))).toEqual({ jsonrpc: "2.0", id: 7, result: value });
  }
  const long = await harness.call("test_raw", JSON.stringify("x".repeat(200)));
  expect(long.error?.message).toBe("response too large");
  const two = [1, 2].map((id) => ({ jsonrpc: "2.0", id, method: "test_raw", params: ["[true]"] }));
  expect(await (await harness.post(JSON.stringify(two))).json()).toEqual([
    { jsonrpc: "2.0", id: 1, result: [true] },
    { jsonrpc: "2.0", id: 2, result: [true] },
  ]);
  await harness.stop();
});

it("posts go to the root alone, with or without a query; pages are still behind it", async () => {
  const harness = await startHarness();
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" });
  const headers = { "content-type": "application/json" };
  const post = (path: string) => fetch(harness.url + path, { method: "POST", body, headers });
  for (const path of ["/", "/?key=1"]) {
    const response = await post(path);
    expect(await response.json()).toEqual({ jsonrpc: "2.0", id: 1, result: "0x1cbd" });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  }
  expect((await post("/other")).status).toBe(404);
  expect((await fetch(`${harness.url}/health`)).status).toBe(200);
  expect((await fetch(harness.url, { method: "PUT" })).status).toBe(405);
  expect((await fetch(harness.url, { method: "OPTIONS" })).status).toBe(204);
  expect((await harness.post(body, { "content-type": "text/plain" })).status).toBe(415);
  const notification = await harness.post(JSON.stringify({ jsonrpc: "2.0", method: "eth_chainId" }));
  expect([notification.status, await notification.text()]).toEqual([200, ""]);
  await harness.stop();
});
