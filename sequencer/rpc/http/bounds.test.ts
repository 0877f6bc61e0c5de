import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { defineMethod, type RpcMethod } from "../json-rpc/method.ts";
import { type Harness, type HarnessOptions, startHarness } from "../testing/rpcHarness.ts";
import { createClientBounds } from "./clientBounds.ts";
import { createCors } from "./cors.ts";
import { RequestBucket } from "./requestBucket.ts";

const waiting: (() => void)[] = [];
const slowAndLarge: RpcMethod[] = [
  defineMethod({
    name: "test_wait",
    summary: "",
    params: z.tuple([]),
    handler: () => new Promise((resolve) => waiting.push(() => resolve("done"))),
  }),
  defineMethod({
    name: "test_large",
    summary: "",
    params: z.tuple([z.number()]),
    handler: (_context, [length]) => "ab".repeat(length / 2),
  }),
];
const methods = new Map(slowAndLarge.map((method) => [method.name, method]));
const ask = (id: unknown, method: string, ...params: unknown[]) => ({ jsonrpc: "2.0", id, method, params });

const started: Harness[] = [];
async function serve(limits: HarnessOptions["limits"]): Promise<Harness> {
  const harness = await startHarness({ methods, limits: limits ?? {} });
  started.push(harness);
  return harness;
}
afterAll(() => Promise.all(started.map((harness) => harness.stop())));

describe("requests a second", () => {
  it("never begins more than the rate allows, and says so in constant work", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 5 })), {
          maxLength: 200,
        }),
        (rate, arrivals) => {
          let now = 0;
          let taken = 0;
          const bucket = new RequestBucket(rate, 1000, () => now);
          for (const [later, requests] of arrivals) {
            now += later;
            const refused = bucket.enter(requests);
            if (refused !== undefined) continue;
            taken += requests;
            bucket.leave(requests);
            // One second's worth beforehand, and a batch may overdraw once.
            expect(taken).toBeLessThanOrEqual(rate + (now * rate) / 1000 + 5);
          }
          expect(bucket.inWork).toBe(0);
        },
      ),
    );
  });

  it("one connection's bound leaves its address's other connections alone", () => {
    let now = 0;
    const limits = { ratePerConnection: 2, ratePerAddress: 3, inWorkPerConnection: 9, inWorkPerAddress: 9 };
    const bounds = createClientBounds(limits, () => now);
    const [one, other, stranger] = ["a", "a", "b"].map((address) => bounds.connection(address));
    for (const connection of [one, one, other]) connection?.enter(1)();
    expect(() => one?.enter(1)).toThrow("limit exceeded: 2 requests a second of one connection");
    expect(other?.refusal()?.message).toBe("limit exceeded: 3 requests a second of one address");
    expect(stranger?.refusal()).toBeUndefined();
    now = 1000;
    expect(one?.refusal()).toBeUndefined();
  });

  it("answers 429 with the id over HTTP, and an error over WebSocket", async () => {
    const harness = await serve({ ratePerAddress: 2 });
    const batch = JSON.stringify([
      ask("first", "test_large", 2),
      ask(2, "test_large", 2),
      ask(3, "test_large", 2),
    ]);
    expect(await (await harness.post(batch)).json()).toHaveLength(3);
    const refused = await harness.post(JSON.stringify(ask("x", "test_large", 2)));
    const error = { code: -32005, message: "limit exceeded: 2 requests a second of one address" };
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({ jsonrpc: "2.0", id: "x", error });
    const socket = new WebSocket(harness.url.replace("http", "ws"));
    await new Promise((resolve) => socket.once("open", resolve));
    const answer = new Promise((resolve) =>
      socket.once("message", (data) => resolve(JSON.parse(String(data)))),
    );
    socket.send(JSON.stringify(ask(7, "test_large", 2)));
    expect(await answer).toEqual({ jsonrpc: "2.0", id: 7, error });
    socket.close();
    expect(await (await fetch(`${harness.url}/metrics`)).text()).toMatch(/braid_rpc_refused_total 2/);
  });
});

it("requests in work are bounded, a batch by its members, and each end makes room", async () => {
  const harness = await serve({ inWorkPerAddress: 2, inWorkPerConnection: 100 });
  const first = harness.call("test_wait");
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  const batch = [ask("a", "test_wait"), ask("b", "test_wait")];
  const refused = await (await harness.post(JSON.stringify(batch))).json();
  const error = { code: -32005, message: "limit exceeded: 2 requests in work of one address" };
  expect(refused).toEqual([{ jsonrpc: "2.0", id: "a", error }]);
  waiting.shift()?.();
  expect((await first).result).toBe("done");
  const second = harness.post(JSON.stringify(batch));
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  for (const end of waiting.splice(0)) end();
  expect(await (await second).json()).toHaveLength(2);
});

it("a proxy's header names the client when it is trusted, its last address alone", async () => {
  const limits = { ratePerAddress: 1 };
  const trusting = await startHarness({ methods, limits, server: { trustedHeader: "x-forwarded-for" } });
  started.push(trusting);
  const from = async (harness: Harness, forwarded: string) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": forwarded };
    return (await harness.post(JSON.stringify(ask(1, "test_large", 2)), headers)).status;
  };
  expect(await from(trusting, "10.0.0.1")).toBe(200);
  expect(await from(trusting, "10.0.0.2")).toBe(200);
  expect(await from(trusting, "7.7.7.7, 10.0.0.2")).toBe(429);
  const plain = await serve(limits);
  expect(await from(plain, "10.0.0.1")).toBe(200);
  expect(await from(plain, "10.0.0.2")).toBe(429);
});

describe("responses", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await serve({ compressBytes: 5000, responseBytes: 20_000 });
  });

  it.each(["gzip", "br", "gzip;q=0", ""])(
    "are compressed from a size on when the client takes %j",
    async (encoding) => {
      const headers = { "content-type": "application/json", "accept-encoding": encoding };
      const small = await harness.post(JSON.stringify(ask(1, "test_large", 100)), headers);
      expect(small.headers.get("content-encoding")).toBeNull();
      const large = await harness.post(JSON.stringify(ask(1, "test_large", 10_000)), headers);
      expect(large.headers.get("content-encoding")).toBe(/^(gzip|br)$/.test(encoding) ? encoding : null);
      expect(await large.json()).toMatchObject({ result: "ab".repeat(5000) });
    },
  );

  it("are refused when too large", async () => {
    expect((await harness.call("test_large", 30_000)).error).toEqual({
      code: -32003,
      message: "response too large",
    });
  });

  it("keep the connection open", async () => {
    const response = await harness.post(JSON.stringify(ask(1, "test_large", 2)));
    expect(response.headers.get("connection")).toBe("keep-alive");
    expect(response.headers.get("keep-alive")).toBe("timeout=120");
  });
});

describe("web pages", () => {
  const incoming = (origin?: string) => ({ headers: origin === undefined ? {} : { origin } });

  it("of listed origins may call, others may not", () => {
    const cors = createCors(["https://app.example", "http://localhost:3000"]);
    expect(cors.headers(incoming("https://app.example"))).toEqual({
      "Access-Control-Allow-Origin": "https://app.example",
      Vary: "Origin",
    });
    expect(cors.preflightHeaders(incoming("https://evil.example"))).toEqual({ Vary: "Origin" });
    expect(cors.headers(incoming())).toEqual({ Vary: "Origin" });
    expect(createCors([]).preflightHeaders(incoming("https://app.example"))).toEqual({});
    expect(createCors(["*"]).headers(incoming("https://any.example"))).toEqual({
      "Access-Control-Allow-Origin": "*",
    });
  });
});

describe("connections", () => {
  it("WebSockets of one address are bounded, and a closed one makes room", async () => {
    const harness = await serve({ webSocketsPerAddress: 2 });
    const open = async () => {
      const socket = new WebSocket(harness.url.replace("http", "ws"));
      const closed = new Promise<string>((resolve) =>
        socket.once("close", (code, reason) => resolve(`${code} ${reason}`)),
      );
      await new Promise((resolve) => socket.once("open", resolve));
      return { socket, closed };
    };
    const first = await open();
    const second = await open();
    expect(await (await open()).closed).toBe("1013 limit exceeded: 2 WebSocket connections of one address");
    first.socket.close();
    await first.closed;
    await vi.waitFor(async () => {
      const again = await open();
      const answered = new Promise((resolve) => again.socket.once("message", resolve));
      again.socket.send(JSON.stringify(ask(1, "test_large", 2)));
      await Promise.race([answered, again.closed.then((why) => Promise.reject(new RangeError(why)))]);
      again.socket.close();
    });
    second.socket.close();
  });

  it("a client that answers no ping is disconnected", async () => {
    const harness = await serve({ webSocketPingMs: 50 });
    const socket = new WebSocket(harness.url.replace("http", "ws"), { autoPong: false });
    await new Promise((resolve) => socket.once("close", resolve));
  });

  it.each([
    ["headers", "POST / HTTP/1.1\r\nHost: x\r\nContent-"],
    ["body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"],
  ])("a request whose %s never end is cut off", async (_what, begun) => {
    const harness = await serve({ requestMs: 200 });
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.write(begun);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });
});
