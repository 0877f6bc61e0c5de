import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../infra/index.ts";
import { startBraid } from "../support/braidProcess.ts";
import { rpc } from "../support/rpc.ts";
import { spawnAnvil } from "../support/spawnAnvil.ts";
import { runUniswapScenario, type UniswapRun } from "./uniswapScenario.ts";

const SEED = 20_260_101;
const CHAIN_ID = "7357";
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** One block for each wave, cut by hand, ordered by fee: as sequential as it gets. */
async function onAnvil(seed: number): Promise<UniswapRun> {
  const anvil = await spawnAnvil(["--chain-id", CHAIN_ID, "--order", "fees", "--gas-limit", "120000000"]);
  cleanups.push(anvil.stop);
  const { rpcUrl } = anvil;
  const hold = async () => void (await rpc(rpcUrl, "evm_setAutomine", [false]));
  const release = async () => {
    await rpc(rpcUrl, "evm_mine", []);
    await rpc(rpcUrl, "evm_setAutomine", [true]);
  };
  return runUniswapScenario({ rpcUrl, seed, sealing: { hold, release } });
}

async function onBraid(seed: number): Promise<UniswapRun> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-uniswap-"));
  cleanups.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  const braid = await startBraid({ dataDir, l2Port: await freePort(), l1Port: await freePort() });
  cleanups.push(braid.stop);
  return runUniswapScenario({ rpcUrl: braid.rpcUrl, seed });
}

describe("Uniswap V2 with fifty traders", () => {
  it("leaves the same reserves, balances and events on Braid as on Anvil", { timeout: 300_000 }, async () => {
    const anvil = await onAnvil(SEED);
    const braid = await onBraid(SEED);
    expect(braid.outcome).toEqual(anvil.outcome);
    expect(braid.trades.map(({ hash }) => hash).length).toBe(anvil.trades.length);
  });

  it("is a scenario that tells chains apart: another seed, another outcome", {
    timeout: 300_000,
  }, async () => {
    const one = await onAnvil(SEED);
    const again = await onAnvil(SEED);
    const other = await onAnvil(SEED + 1);
    expect(again.outcome).toEqual(one.outcome);
    expect(other.outcome.pools).not.toEqual(one.outcome.pools);
    const statuses = one.outcome.trades.map(({ status }) => status);
    expect(statuses).toContain("0x0");
    expect(statuses.filter((status) => status === "0x1").length).toBeGreaterThan(100);
    expect(one.trades.filter(({ declared }) => declared)).toHaveLength(one.trades.length / 2);
  });
});
