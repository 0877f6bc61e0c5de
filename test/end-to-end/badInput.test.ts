import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { rpc } from "../support/rpc.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";
import { expectSealed, type NodeWatch, watchNode } from "./standing.ts";

let node: TestNode;
let watch: NodeWatch;
beforeAll(async () => {
  node = await startTestNode({ BRAID_HEARTBEAT_MS: "3600000" });
  watch = await watchNode(node);
}, 60_000);
afterAll(async () => {
  watch.stop();
  await node.stop();
});

/** Posts a body as it is; a node that says nothing for five seconds has hung. */
async function post(body: string, type = "application/json") {
  const response = await fetch(node.rpcUrl, {
    method: "POST",
    headers: { "content-type": type },
    body,
    signal: AbortSignal.timeout(5000),
  });
  const text = await response.text();
  return { status: response.status, text };
}

async function answerTo(body: string): Promise<unknown> {
  return JSON.parse((await post(body)).text);
}

const call = (method: string, params: unknown, more: object = {}) =>
  JSON.stringify({ jsonrpc: "2.0", id: 7, method, params, ...more });
const failure = (id: number | null, code: number, message: unknown) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});
const ADDRESS = `0x${"11".repeat(20)}`;

describe("a request that is wrong gets its error and changes nothing", () => {
  it.each([
    ["half an object", "{", -32700, "parse error"],
    ["nothing at all", "", -32700, "parse error"],
    ["bytes that are no JSON", "\u0000\u0001", -32700, "parse error"],
    ["an open bracket a hundred thousand times", "[".repeat(100_000), -32700, "parse error"],
    ["a number", "7", -32600, "invalid request"],
    ["null", "null", -32600, "invalid request"],
    ["an empty batch", "[]", -32600, "empty batch"],
  ])("%s", async (_what, body, code, message) => {
    const before = await watch.standing();
    expect(await answerTo(body)).toEqual(failure(null, code, message));
    expect(await watch.standing()).toEqual(before);
  });

  it.each([
    ["no version", JSON.stringify({ id: 7, method: "eth_chainId" }), -32600, "invalid request"],
    ["no method", JSON.stringify({ jsonrpc: "2.0", id: 7 }), -32600, "invalid request"],
    [
      "an unknown method",
      call("eth_mine", []),
      -32601,
      "the method eth_mine does not exist/is not available",
    ],
    ["params that are no array", call("eth_getBalance", { address: ADDRESS }), -32602, "non-array args"],
    ["no argument", call("eth_getBalance", []), -32602, "missing value for required argument 0"],
    ["too many arguments", call("eth_chainId", [1]), -32602, "too many arguments, want at most 0"],
    [
      "a number for an address",
      call("eth_getBalance", [7, "latest"]),
      -32602,
      "invalid argument 0: json: cannot unmarshal non-string into Go value of type common.Address",
    ],
    [
      "a short address",
      call("eth_getBalance", ["0x11", "latest"]),
      -32602,
      "invalid argument 0: hex string has length 2, want 40 for common.Address",
    ],
    [
      "a block number with a leading zero",
      call("eth_getBalance", [ADDRESS, "0x01"]),
      -32602,
      "invalid argument 1: hex number with leading zero digits",
    ],
    ["a block that is not there", call("eth_getBalance", [ADDRESS, "0xffffff"]), -32000, "header not found"],
    [
      "two fee models at once",
      call("eth_call", [{ to: ADDRESS, gasPrice: "0x1", maxFeePerGas: "0x1" }, "latest"]),
      -32000,
      "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
    ],
    [
      "a log filter from the end to the start",
      call("eth_getLogs", [{ fromBlock: "0x2", toBlock: "0x1" }]),
      -32602,
      "invalid block range params",
    ],
    ["a filter that was never made", call("eth_getFilterChanges", ["0x77"]), -32000, "filter not found"],
    ["a subscription over HTTP", call("eth_subscribe", ["newHeads"]), -32001, "notifications not supported"],
  ])("%s", async (_what, body, code, message) => {
    const before = await watch.standing();
    expect(await answerTo(body)).toEqual(failure(7, code, message));
    expect(await watch.standing()).toEqual(before);
  });

  it("a batch of 1001", async () => {
    const before = await watch.standing();
    const answer = await answerTo(`[${Array(1001).fill(call("eth_chainId", [])).join()}]`);
    expect(answer).toEqual([failure(7, -32600, "batch too large")]);
    expect(await watch.standing()).toEqual(before);
  });

  it("a body over the limit", async () => {
    const { status, text } = await post(call("eth_call", ["x".repeat(5 * 1024 * 1024)]));
    expect(status).toBe(413);
    const message = "content length too large (max 5242880 bytes)";
    expect(JSON.parse(text)).toEqual(failure(null, -32600, message));
  });

  it("a content type that any web page may send", async () => {
    const { status, text } = await post(call("eth_chainId", []), "text/plain");
    expect([status, text]).toEqual([415, "invalid content type, only application/json is supported"]);
  });

  it("a notification gets no answer, a batch answers its good members", async () => {
    expect((await post(JSON.stringify({ jsonrpc: "2.0", method: "eth_chainId" }))).text).toBe("");
    const batch = `[${call("eth_chainId", [])},7,${JSON.stringify({ jsonrpc: "2.0", method: "eth_chainId" })}]`;
    expect(await answerTo(batch)).toEqual([
      { jsonrpc: "2.0", id: 7, result: "0x1cbd" },
      failure(null, -32600, "invalid request"),
    ]);
  });

  it("a client that stops in the middle of its request holds up nobody", async () => {
    const { port } = new URL(node.rpcUrl);
    const socket = connect(Number(port), "127.0.0.1");
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write(
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
    );
    expect(await answerTo(call("eth_chainId", []))).toMatchObject({ result: "0x1cbd" });
    socket.destroy();
  });

  it("over a WebSocket, which goes on", async () => {
    const socket = new WebSocket(node.wsUrl);
    await new Promise<void>((resolve) => socket.once("open", () => resolve()));
    const answer = async (body: string) => {
      const message = new Promise<string>((resolve) =>
        socket.once("message", (data) => resolve(String(data))),
      );
      socket.send(body);
      return JSON.parse(await message);
    };
    expect(await answer("{")).toEqual(failure(null, -32700, "parse error"));
    expect(await answer(call("eth_subscribe", ["nothing"]))).toEqual(
      failure(7, -32601, 'no "nothing" subscription in eth namespace'),
    );
    expect(await answer(call("eth_chainId", []))).toMatchObject({ result: "0x1cbd" });
    socket.close();
  });
});

it("mines a good transaction after all of that", async () => {
  await expectSealed(node.rpcUrl, 1);
  await expect.poll(() => rpc(node.rpcUrl, "txpool_status", [])).toEqual({ pending: "0x0", queued: "0x0" });
});
