import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../../infra/index.ts";
import { BraidError } from "../../../protocol/index.ts";
import { startBraid } from "../../support/braidProcess.ts";
import { spawnAnvil } from "../../support/spawnAnvil.ts";
import type { RpcNode } from "./types.ts";

export interface StartedNode extends RpcNode {
  stop(): Promise<void>;
}

export interface StartedBraid extends StartedNode {
  dataDir: string;
  /** As an operator would: the caches are empty then. */
  restart(): Promise<void>;
}

export const CHAIN_ID = 7357;
const GAS_LIMIT = "120000000";

/** A development node: it makes blocks when told. */
export async function startBraidNode(): Promise<StartedBraid> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-bench-"));
  const options = { dataDir, l2Port: await freePort(), l1Port: await freePort(), flags: ["--dev"] };
  let braid = await startBraid(options);
  return {
    name: "Braid",
    rpcUrl: braid.rpcUrl,
    dataDir,
    get pid() {
      return braid.pid;
    },
    async restart() {
      await braid.stop();
      braid = await startBraid(options);
    },
    async stop() {
      await braid.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function startAnvilNode(): Promise<StartedNode> {
  const anvil = await spawnAnvil(["--chain-id", String(CHAIN_ID), "--gas-limit", GAS_LIMIT]);
  const { pid } = anvil.process;
  if (pid === undefined) throw new BraidError("ANVIL_NOT_STARTED", "anvil has no pid");
  return { name: "Anvil", rpcUrl: anvil.rpcUrl, pid, stop: anvil.stop };
}
