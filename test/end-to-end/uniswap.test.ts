import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlockExecutionReport } from "../../executor/index.ts";
import { createSql } from "../../infra/index.ts";
import { bytesToHex } from "../../protocol/index.ts";
import { type ChainStore, createChainStore } from "../../sequencer/chain-store/index.ts";
import { readChainPlan } from "../../sequencer/deployment/index.ts";
import { replayChain } from "../support/replayChain.ts";
import { readCommittedBatches, readPostedBatch } from "../support/rollupEvents.ts";
import { rpc } from "../support/rpc.ts";
import { spawnAnvil } from "../support/spawnAnvil.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";
import { runUniswapScenario, type UniswapRun } from "./uniswapScenario.ts";

const SEED = 20_260_101;
const CHAIN_ID = "7357";
const cleanups: (() => Promise<unknown>)[] = [];

/** One block for each wave, cut by hand, ordered by fee: as sequential as it gets. */
async function onAnvil(seed: number): Promise<UniswapRun> {
  const anvil = await spawnAnvil(["--chain-id", CHAIN_ID, "--order", "fees", "--gas-limit", "120000000"]);
  const { rpcUrl } = anvil;
  const hold = async () => void (await rpc(rpcUrl, "evm_setAutomine", [false]));
  const release = async () => {
    await rpc(rpcUrl, "evm_mine", []);
    await rpc(rpcUrl, "evm_setAutomine", [true]);
  };
  try {
    return await runUniswapScenario({ rpcUrl, seed, sealing: { hold, release } });
  } finally {
    await anvil.stop();
  }
}

describe("Uniswap V2 with fifty traders, in lanes", () => {
  let node: TestNode;
  let chain: ChainStore;
  let braid: UniswapRun;
  let anvil: UniswapRun;

  beforeAll(async () => {
    // A wave takes a while to send: with 300 ms between blocks most of it meets in one.
    node = await startTestNode({ BRAID_BLOCK_INTERVAL_MS: "300", BRAID_BATCH_INTERVAL_MS: "2000" });
    cleanups.push(() => node.stop());
    const sql = await createSql(node.databaseUrl);
    cleanups.push(() => sql.end());
    chain = createChainStore(sql);
    [braid, anvil] = [await runUniswapScenario({ rpcUrl: node.rpcUrl, seed: SEED }), await onAnvil(SEED)];
  }, 180_000);

  afterAll(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  it("leaves the reserves, balances and events that Anvil alone leaves", () => {
    expect(braid.outcome).toEqual(anvil.outcome);
  });

  it("tried swaps that succeed and that revert, half of them with a list", () => {
    const statuses = braid.outcome.trades.map(({ status }) => status);
    expect(statuses).toContain("0x0");
    expect(statuses.filter((status) => status === "0x1").length).toBeGreaterThan(250);
    expect(braid.trades.filter(({ declared }) => declared)).toHaveLength(braid.trades.length / 2);
  });

  it("ran trades of one block in more than one lane", async () => {
    const reports = new Map<number, BlockExecutionReport | undefined>();
    for (const { blockNumber } of braid.trades) {
      if (!reports.has(blockNumber)) reports.set(blockNumber, await chain.blockExecution(blockNumber));
    }
    const places = new Map<number, Set<number>>();
    for (const { blockNumber, transactionIndex, declared } of braid.trades) {
      const lane = reports.get(blockNumber)?.transactions[transactionIndex]?.lane;
      expect(lane, `block ${blockNumber} has no report of transaction ${transactionIndex}`).toBeDefined();
      if (!declared || lane === undefined) continue;
      const lanes = places.get(blockNumber) ?? new Set();
      places.set(blockNumber, lanes.add(lane));
    }
    const parallel = [...places].filter(([, lanes]) => lanes.size > 1);
    expect(parallel, "no block had declared trades in two lanes").not.toEqual([]);
    for (const [block] of parallel) expect(reports.get(block)?.lanes).toBeGreaterThan(1);
  });

  it("gives the same blocks when the whole chain is run again in one lane", async () => {
    const sql = await createSql(node.databaseUrl);
    const plan = await readChainPlan(sql);
    await sql.end();
    if (plan === undefined) throw new TypeError("the chain has no plan");
    const { stored, replayed, lanes } = await replayChain(chain, plan.genesis, 1);
    expect(lanes).toBe(1);
    expect(stored.length).toBeGreaterThan(10);
    expect(replayed).toEqual(stored);
  });

  it("settles on exactly these blocks: every transaction and root is on L1", {
    timeout: 60_000,
  }, async () => {
    const lastTrade = Math.max(...braid.trades.map(({ blockNumber }) => blockNumber));
    const batches = () => readCommittedBatches(node.l1Url, node.rollup);
    await expect
      .poll(async () => (await batches()).at(-1)?.lastBlock ?? 0, { timeout: 40_000 })
      .toBeGreaterThanOrEqual(lastTrade);
    let next = 1;
    for (const batch of await batches()) {
      const posted = await readPostedBatch(node.l1Url, batch.transactionHash);
      expect(batch.firstBlock).toBe(next);
      expect(posted.blocks.map(({ number }) => number)).toEqual(
        Array.from({ length: batch.lastBlock - next + 1 }, (_, index) => next + index),
      );
      for (const block of posted.blocks) {
        const stored = await chain.blockByNumber(block.number);
        const fromL1 = (await chain.l1Position(block.number))?.transactionsFromL1;
        const raw = stored?.transactions.slice(fromL1).map((transaction) => bytesToHex(transaction.raw));
        expect(block.transactions.map(bytesToHex), `block ${block.number}`).toEqual(raw);
      }
      const last = await chain.headerByNumber(batch.lastBlock);
      const root = last === undefined ? undefined : bytesToHex(last.header.stateRoot);
      expect([batch.postStateRoot, posted.postStateRoot]).toEqual([root, root]);
      expect(posted.lastBlockHash).toBe(last === undefined ? undefined : bytesToHex(last.hash));
      next = batch.lastBlock + 1;
    }
  });
});

describe("the scenario itself", () => {
  it("tells chains apart: the same seed, the same outcome; another seed, another one", {
    timeout: 120_000,
  }, async () => {
    const [one, again, other] = [await onAnvil(SEED), await onAnvil(SEED), await onAnvil(SEED + 1)];
    expect(again.outcome).toEqual(one.outcome);
    expect(other.outcome.pools).not.toEqual(one.outcome.pools);
  });
});
