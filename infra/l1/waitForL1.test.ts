import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { waitForL1 } from "./waitForL1.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}/key-in-path`;
}

const chain =
  (id: string): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: id }));

test("an L1 that comes up late is waited for", async () => {
  let asked = 0;
  const url = await listen((request, response) => {
    asked += 1;
    if (asked < 3) response.writeHead(503).end();
    else chain("0x7a69")(request, response);
  });
  await waitForL1({ url, chainId: 31337, deadlineMs: 20_000 });
  expect(asked).toBe(3);
});

test("another chain is an error at once", async () => {
  const url = await listen(chain("0x1"));
  await expect(waitForL1({ url, chainId: 31337, deadlineMs: 20_000 })).rejects.toMatchObject({
    code: "L1_CHAIN_ID",
    message: "the L1 has chain id 1, not 31337",
  });
});

test("silence ends with the deadline, without the path of the URL", async () => {
  const url = await listen((_, response) => response.writeHead(404).end());
  const failure = await waitForL1({ url, chainId: 31337, deadlineMs: 0 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "L1_UNAVAILABLE", retryable: true });
  expect(String(failure)).toContain("HTTP 404");
  expect(String(failure)).not.toContain("key-in-path");
});

test("a stop signal ends the wait", async () => {
  const url = await listen((_, response) => response.writeHead(503).end());
  const stop = new AbortController();
  const waiting = waitForL1({ url, chainId: 31337, deadlineMs: 60_000, signal: stop.signal });
  stop.abort(new RangeError("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
});
