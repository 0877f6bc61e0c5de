import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBraid } from "../../test/support/runBraid.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const READY_WITHIN_MS = 60_000;
const GENESIS = {
  config: { chainId: 4242, homesteadBlock: 0, terminalTotalDifficulty: 0 },
  nonce: "0x0",
  timestamp: "0x0",
  gasLimit: "0x1c9c380",
  difficulty: "0x0",
  alloc: { "0000000000000000000000000000000000000abc": { balance: "0x2a" } },
};

let folder: string;
let genesis: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "braid-serve-cli-"));
  genesis = path.join(folder, "genesis.json");
  writeFileSync(genesis, JSON.stringify(GENESIS));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array): string {
  const named = path.join(folder, name);
  writeFileSync(named, bytes);
  return named;
}

function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new TypeError(`not ready: ${output}`)), READY_WITHIN_MS);
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (!output.includes("\n")) return;
      clearTimeout(timer);
      resolve(output.split("\n")[0] ?? "");
    });
    child.once("exit", (code) => reject(new TypeError(`ended with ${code}: ${output}`)));
  });
}

describe("braid serve", () => {
  it("serves a chain of its genesis alone, ends with 0 when asked to, and leaves nothing behind", async () => {
    const temporary = mkdtempSync(path.join(folder, "tmp-"));
    const args = [
      "serve",
      "--genesis",
      genesis,
      "--chain",
      file("empty.rlp", new Uint8Array(0)),
      "--l2-port",
      "0",
    ];
    const child = spawn(path.join(REPOSITORY, "braid"), args, {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    const ready = await readyLine(child);
    const [, url] = /^braid serve ready {2}(http\S+) {2}chain id 4242 {2}head 0$/.exec(ready) ?? [];
    expect(url, ready).toBeDefined();
    const response = await fetch(url ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "eth_getBalance",
        params: ["0x0000000000000000000000000000000000000abc", "latest"],
      }),
    });
    expect(await response.json()).toEqual({ jsonrpc: "2.0", id: 1, result: "0x2a" });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(readdirSync(temporary).filter((name) => name.startsWith("braid-serve-"))).toEqual([]);
  }, 90_000);

  it("ends with 1 and says what is wrong with a chain file", async () => {
    const chain = file("cut.rlp", Uint8Array.of(0xc5, 0xc0));
    const { code, output } = await runBraid(["serve", "--genesis", genesis, "--chain", chain], {
      withinMs: 60_000,
    });
    expect(output).toContain("ends inside the block at byte 0");
    expect(code).toBe(1);
  }, 90_000);
});
