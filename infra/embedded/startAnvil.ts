import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PortTakenError } from "../http/portTakenError.ts";
import { EmbeddedError } from "./embeddedError.ts";
import { findExecutable, isExecutable } from "./findExecutable.ts";
import { isPortFree } from "./freePort.ts";
import { type ManagedProcess, parentDeathPrefix, startProcess, untilReady } from "./managedProcess.ts";
import { endLeftover } from "./pidFile.ts";

/** The mnemonic that every Ethereum development tool uses: its accounts are public knowledge. */
export const DEV_MNEMONIC = "test test test test test test test test test test test junk";
export const DEV_L1_CHAIN_ID = 31337;

export interface EmbeddedAnvil {
  url: string;
  process: ManagedProcess;
}

/**
 * An L1 of our own: one block a second, state kept in the data folder each second and at the end. `hardfork`: an older
 * one than Anvil's newest.
 */
export async function startAnvil(dataDir: string, port: number, hardfork?: string): Promise<EmbeddedAnvil> {
  const folder = join(dataDir, "l1");
  await endLeftover(join(dataDir, "run", "anvil.pid"), "SIGTERM", 10_000);
  for (const path of [folder, join(dataDir, "run"), join(dataDir, "logs")])
    mkdirSync(path, { recursive: true });
  const pidFile = join(dataDir, "run", "anvil.pid");
  const logFile = join(dataDir, "logs", "anvil.log");
  const binary = findAnvil();
  if (!(await isPortFree(port))) throw new PortTakenError(port, "the L1 chain (anvil)", "--l1-port");
  const [command = binary, ...args] = [
    ...parentDeathPrefix("SIGTERM"),
    binary,
    ...["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(DEV_L1_CHAIN_ID)],
    ...["--mnemonic", DEV_MNEMONIC, "--block-time", "1", "--slots-in-an-epoch", "1"],
    ...["--state", join(folder, "state.json"), "--state-interval", "1", "--preserve-historical-states"],
    // As a quiet L1's: where posting costs next to nothing, L2's base fee stays at its own floor.
    ...["--base-fee", "1000000"],
    ...["--gas-limit", "60000000", "--no-request-size-limit", "--silent"],
    ...(hardfork === undefined ? [] : ["--hardfork", hardfork]),
  ];
  const spec = {
    name: "Anvil",
    command,
    args,
    logFile,
    pidFile,
    stopSignal: "SIGTERM",
    stopDeadlineMs: 15_000,
  } as const;
  const managed = await startProcess(spec);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(managed, spec, () => answersChainId(url), 60_000);
  return { url, process: managed };
}

function findAnvil(): string {
  const named = process.env["ANVIL_BIN"];
  if (named !== undefined && named !== "") {
    if (isExecutable(named)) return named;
    throw new EmbeddedError("ANVIL_NOT_FOUND", `ANVIL_BIN names ${named}, which is not an executable file`, {
      hint: "Correct ANVIL_BIN, or unset it to use the npm binary.",
    });
  }
  const found = packagedAnvil() ?? findExecutable(["anvil"]);
  if (found !== undefined) return found;
  throw new EmbeddedError("ANVIL_NOT_FOUND", "no Anvil: neither the npm binary nor one on PATH", {
    hint:
      "Run: npm ci --include=optional\n" +
      "or:  curl -L https://foundry.paradigm.xyz | bash && foundryup\n" +
      "or:  set ANVIL_BIN, or use another L1 with --l1-url",
  });
}

function packagedAnvil(): string | undefined {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const path = join(folder, name, "bin", "anvil");
    if (isExecutable(path)) return path;
  }
  return undefined;
}

export async function answersChainId(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(3000),
    });
    const answer: unknown = await response.json();
    return typeof answer === "object" && answer !== null && "result" in answer;
  } catch {
    return false;
  }
}
