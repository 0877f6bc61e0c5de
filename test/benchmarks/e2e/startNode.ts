import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../../infra/index.ts";
import { BraidError } from "../../../protocol/index.ts";
import { startBraid } from "../../support/braidProcess.ts";
import { spawnAnvil } from "../../support/spawnAnvil.ts";

export type NodeName = "braid" | "anvil";

export interface BenchmarkNode {
  name: NodeName;
  rpcUrl: string;
  /** Root of the node's process tree. */
  pid: number;
  stop(): Promise<void>;
}

/** Braid's 120 M a tenth of a second, in Anvil's blocks of a second: the same room for gas. */
const ANVIL_GAS_LIMIT = "1200000000";

export function startNode(name: NodeName): Promise<BenchmarkNode> {
  return name === "braid" ? startBraidNode() : startAnvilNode();
}

async function startBraidNode(): Promise<BenchmarkNode> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-bench-"));
  const ports = { l2Port: await freePort(), l1Port: await freePort() };
  const braid = await startBraid({ dataDir, ...ports });
  return {
    name: "braid",
    rpcUrl: braid.rpcUrl,
    pid: braid.pid,
    stop: async () => {
      await braid.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function startAnvilNode(): Promise<BenchmarkNode> {
  const anvil = await spawnAnvil(["--block-time", "1", "--gas-limit", ANVIL_GAS_LIMIT]);
  const { pid } = anvil.process;
  if (pid === undefined) throw new BraidError("ANVIL_NOT_STARTED", "anvil has no pid");
  return { name: "anvil", rpcUrl: anvil.rpcUrl, pid, stop: anvil.stop };
}
