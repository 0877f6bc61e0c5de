import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { freePort } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { rpc } from "./rpc.ts";

export interface SpawnedAnvil {
  rpcUrl: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const PAUSE_MS = 20;

/** An Anvil of the caller's own on a free port: Osaka rules, state in memory. `args` follow Braid's defaults. */
export async function spawnAnvil(args: string[] = []): Promise<SpawnedAnvil> {
  const port = await freePort();
  const rpcUrl = `http://127.0.0.1:${port}`;
  const child = spawn(
    anvilBinary(),
    ["--port", String(port), "--hardfork", "osaka", "--no-request-size-limit", "--silent", ...args],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(rpcUrl))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new BraidError("ANVIL_NOT_STARTED", "anvil did not start", { hint: "See its output above." });
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { rpcUrl, process: child, stop };
}

async function answers(rpcUrl: string): Promise<boolean> {
  try {
    await rpc(rpcUrl, "eth_chainId", []);
    return true;
  } catch {
    return false;
  }
}

function anvilBinary(): string {
  const named = process.env["ANVIL_BIN"];
  if (named !== undefined && named !== "") return named;
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const path = join(folder, name, "bin", "anvil");
    if (existsSync(path)) return path;
  }
  return "anvil";
}
