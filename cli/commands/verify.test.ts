import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../infra/index.ts";
import { runBraid } from "../../test/support/runBraid.ts";

const ROLLUP = `0x${"ab".repeat(20)}`;
const WITHIN = { withinMs: 60_000 };
let l1: Server;
let l1Url: string;
let folder: string;

/** An L1 without any contract. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-verify-cli-"));
  const results: Record<string, string> = { eth_chainId: "0x1", eth_getCode: "0x" };
  l1 = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const { id, method } = JSON.parse(body);
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => l1.listen(port, "127.0.0.1", resolve));
  l1Url = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  l1?.close();
  rmSync(folder, { recursive: true, force: true });
});

const verify = (...flags: string[]) => runBraid(["verify", "--data", folder, ...flags], WITHIN);

test.concurrent.each([
  ["no rollup", ["--l1", "http://127.0.0.1:1"], /required option '--rollup <address>'/],
  ["no URL", ["--l1", "127.0.0.1", "--rollup", ROLLUP], /an HTTP URL is needed/],
  ["no address", ["--l1", "http://127.0.0.1:1", "--rollup", "0x12"], /an address is needed/],
  [
    "no folder of blobs",
    ["--l1", "http://127.0.0.1:1", "--rollup", ROLLUP, "--blobs", "/nowhere/at/all"],
    /--blobs \/nowhere\/at\/all: neither a URL nor a folder/,
  ],
])(
  "%s: says so",
  async (_, flags, message) => {
    const { code, output } = await verify(...flags);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  },
  60_000,
);

test("an L1 that does not answer is named, with what to do", async () => {
  const { code, output } = await verify(
    "--l1",
    `http://127.0.0.1:${await freePort()}/secret`,
    "--rollup",
    ROLLUP,
  );
  expect(output).toMatch(
    /braid: L1 at http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\n {2}Check that the L1 node answers/,
  );
  expect(output).not.toContain("secret");
  expect(code).toBe(1);
}, 60_000);

test("an address without a rollup is named, with where to find the right one", async () => {
  const { code, output } = await verify("--l1", l1Url, "--rollup", ROLLUP);
  expect(output).toContain(`there is no rollup at ${ROLLUP} on the L1 at ${l1Url}`);
  expect(output).toContain("`braid up` prints it");
  expect(code).toBe(1);
}, 60_000);
