import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ExecutionRevertedError } from "../../executor/index.ts";
import { BraidError, hexToBytes } from "../../protocol/index.ts";
import { defineMethod, type RpcMethod } from "./json-rpc/method.ts";
import { quantity as quantityParam } from "./schema/hex.ts";
import { type Harness, startHarness } from "./testing/rpcHarness.ts";

let calls = 0;
const REVERT_WITH_REASON = hexToBytes(
  `08c379a0${"20".padStart(64, "0")}${"4".padStart(64, "0")}${Buffer.from("nope").toString("hex").padEnd(64, "0")}`,
);
const trivial: RpcMethod[] = [
  defineMethod({
    name: "test_echo",
    summary: "",
    params: z.tuple([z.string().describe("text"), z.number().describe("count").optional()]),
    handler: (_context, [text, count]) => {
      calls++;
      return text.repeat(count ?? 1);
    },
  }),
  defineMethod({
    name: "test_quantity",
    summary: "",
    params: z.tuple([quantityParam().describe("amount")]),
    handler: (_context, [amount]) => amount.toString(),
  }),
  defineMethod({
    name: "test_fail",
    summary: "",
    params: z.tuple([z.string().describe("how")]),
    handler: (_context, [how]) => {
      if (how === "revert") throw new ExecutionRevertedError(REVERT_WITH_REASON);
      if (how === "custom") throw new ExecutionRevertedError(hexToBytes("0xdeadbeef"));
      if (how === "pool") throw new BraidError("MEMPOOL_NONCE_TOO_LOW", "nonce too low");
      throw new TypeError("secret password at /etc/hosts");
    },
  }),
];
const methods = new Map(trivial.map((method) => [method.name, method]));

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({
    methods,
    limits: { requestBytes: 20_000, batchMembers: 50, batchResponseBytes: 2000 },
  });
});
afterAll(() => harness.stop());

const request = (over: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "test_echo",
  params: ["a"],
  ...over,
});
async function send(value: unknown): Promise<unknown> {
  const text = await (await harness.post(typeof value === "string" ? value : JSON.stringify(value))).text();
  return text === "" ? undefined : JSON.parse(text);
}
const failure = (code: number, message: unknown = expect.any(String), id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});

describe("single requests", () => {
  it.each([[1], [0], [-3], [1.5], ["x"], [""], [null]])("echoes the id %j", async (id) => {
    expect(await send(request({ id }))).toEqual({ jsonrpc: "2.0", id, result: "a" });
  });

  it("echoes an id too large for a JavaScript number digit for digit", async () => {
    const body = '[{"jsonrpc":"2.0","id":9007199254740993,"method":"test_echo","params":["a"]}]';
    expect(await (await harness.post(body)).text()).toContain('"id":9007199254740993,');
    const kinds = ["1e400", "-0.10", "123456789012345678901234567890"];
    const batch = `[${kinds.map((id) => `{"id":${id},"jsonrpc":"2.0","method":"test_echo","params":["a"]}`).join()}]`;
    const text = await (await harness.post(batch)).text();
    expect([...text.matchAll(/"id":([^,]+),/g)].map(([, id]) => id)).toEqual(kinds);
  });

  it.each([
    ["{", -32700],
    ["", -32700],
    ["1", -32600],
    ['"x"', -32600],
    ["null", -32600],
    ["[]", -32600],
  ])("refuses %j", async (body, code) => {
    expect(await send(body)).toEqual(failure(code, expect.any(String), null));
  });

  it("refuses a wrong version, a missing method, an id that is no id", async () => {
    expect(await send(request({ jsonrpc: "1.0" }))).toEqual(failure(-32600));
    expect(await send({ jsonrpc: "2.0", id: 1 })).toEqual(failure(-32600));
    for (const id of [{}, [], true]) {
      expect(await send(request({ id }))).toEqual(failure(-32600, "invalid request", null));
    }
  });

  it("names the unknown method", async () => {
    expect(await send(request({ method: "eth_nope" }))).toEqual(
      failure(-32601, "the method eth_nope does not exist/is not available"),
    );
    expect(await send(request({ method: "constructor" }))).toEqual(
      failure(-32601, "the method constructor does not exist/is not available"),
    );
  });

  it("runs a notification and answers nothing", async () => {
    const before = calls;
    expect(await send({ jsonrpc: "2.0", method: "test_echo", params: ["a"] })).toBeUndefined();
    expect(await send({ jsonrpc: "2.0", method: "eth_nope" })).toBeUndefined();
    expect(calls).toBe(before + 1);
  });

  it("names the bad parameter", async () => {
    expect(await send(request({ params: [] }))).toEqual(
      failure(-32602, "missing value for required argument 0"),
    );
    expect(await send(request({ params: [7] }))).toEqual(
      failure(-32602, "invalid argument 0: json: cannot unmarshal number into Go value of type string"),
    );
    expect(await send(request({ params: ["a", 1, 2] }))).toEqual(
      failure(-32602, "too many arguments, want at most 2"),
    );
    expect(await send(request({ params: { text: "a" } }))).toEqual(failure(-32602, "non-array args"));
    expect(await send(request({ params: ["a", null] }))).toMatchObject({ result: "a" });
  });

  it.each([
    ["1", "hex string without 0x prefix"],
    ["0x", 'hex string "0x"'],
    ["0x01", "hex number with leading zero digits"],
    ["0xzz", "invalid hex string"],
    [`0x1${"0".repeat(64)}`, "hex number > 256 bits"],
  ])("refuses the quantity %s", async (amount, message) => {
    const answer = await send(request({ method: "test_quantity", params: [amount] }));
    const text = `json: cannot unmarshal ${message} into Go value of type *hexutil.Big`;
    expect(answer).toEqual(failure(-32602, `invalid argument 0: ${text}`));
  });
});

describe("errors", () => {
  it("decodes a revert's reason and passes its data", async () => {
    const { error } = await harness.call("test_fail", "revert");
    expect(error).toEqual({
      code: 3,
      message: "execution reverted: nope",
      data: `0x${Buffer.from(REVERT_WITH_REASON).toString("hex")}`,
    });
    expect((await harness.call("test_fail", "custom")).error).toEqual({
      code: 3,
      message: "execution reverted",
      data: "0xdeadbeef",
    });
  });

  it("passes the pool's wording and hides everything unexpected", async () => {
    expect((await harness.call("test_fail", "pool")).error).toEqual({
      code: -32000,
      message: "nonce too low",
    });
    expect((await harness.call("test_fail", "bug")).error).toEqual({
      code: -32603,
      message: "internal error",
    });
  });
});

describe("batches", () => {
  it("answers each member, invalid ones too, and no notification", async () => {
    const answer = await send([
      request({ id: "a" }),
      1,
      { jsonrpc: "2.0", method: "test_echo", params: ["n"] },
      request({ id: "b", method: "eth_nope" }),
      [],
    ]);
    expect(answer).toEqual([
      { jsonrpc: "2.0", id: "a", result: "a" },
      failure(-32600, expect.any(String), null),
      failure(-32601, expect.any(String), "b"),
      failure(-32600, expect.any(String), null),
    ]);
  });

  it("answers nothing to notifications only", async () => {
    expect(await send([{ jsonrpc: "2.0", method: "test_echo", params: ["n"] }])).toBeUndefined();
  });

  it("bounds members and the size of the answer", async () => {
    expect(await send(Array.from({ length: 51 }, () => request()))).toEqual([
      failure(-32600, "batch too large"),
    ]);
    const before = calls;
    const answer = await send(Array.from({ length: 50 }, (_, id) => request({ id, params: ["x", 1000] })));
    expect(answer).toHaveLength(50);
    expect(answer).toContainEqual(failure(-32003, "response too large", 49));
    expect(calls - before).toBeLessThan(50);
  });
});

describe("HTTP", () => {
  it("refuses other content types", async () => {
    const response = await harness.post("{}", { "content-type": "text/plain" });
    expect(response.status).toBe(415);
    const withCharset = await harness.post(JSON.stringify(request()), {
      "content-type": "application/json; charset=utf-8",
    });
    expect(withCharset.status).toBe(200);
  });

  it("refuses a body over the bound, declared or not", async () => {
    const response = await harness.post(" ".repeat(20_001));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let chunk = 0; chunk < 30; chunk++) controller.enqueue(new Uint8Array(1000).fill(32));
        controller.close();
      },
    });
    const headers = { "content-type": "application/json" };
    const chunked = await fetch(harness.url, { method: "POST", body: stream, headers, duplex: "half" });
    expect(chunked.status).toBe(413);
  });

  it("allows web pages of any origin", async () => {
    const preflight = await fetch(harness.url, { method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("Content-Type");
    const asking = { "access-control-request-headers": "authorization,content-type" };
    const asked = await fetch(harness.url, { method: "OPTIONS", headers: asking });
    expect(asked.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    const response = await harness.post(JSON.stringify(request()));
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("serves the status page, health, readiness and metrics", async () => {
    const page = await (await fetch(harness.url)).text();
    expect(page).toContain("Latest block");
    expect(await (await fetch(`${harness.url}/health`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${harness.url}/ready`)).json()).toEqual({ ready: true, waitingFor: [] });
    expect(await (await fetch(`${harness.url}/metrics`)).text()).toContain("braid_rpc_call_duration_seconds");
    expect((await fetch(harness.url, { method: "PUT" })).status).toBe(405);
  });

  it("says which port is taken", async () => {
    const port = Number(new URL(harness.url).port);
    await expect(startHarness({ methods, port })).rejects.toMatchObject({ code: "PORT_TAKEN" });
  });

  it("keeps serving after a client left in the middle of its request", async () => {
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    const head =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    expect(await send(request())).toMatchObject({ result: "a" });
  });
});
