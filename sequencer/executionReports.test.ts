import { afterAll, beforeAll, expect, it } from "vitest";
import { runUniswapScenario, type UniswapRun } from "../test/end-to-end/uniswapScenario.ts";
import { rpc } from "../test/support/rpc.ts";
import { startTestNode, type TestNode } from "../test/support/testNode.ts";

interface Change {
  index: string;
  value: string;
}

interface AccountAccess {
  address: string;
  storageChanges: { key: string; changes: Change[] }[];
  balanceChanges: Change[];
  nonceChanges: Change[];
}

interface Contended {
  address: string;
  field: string;
  slot?: string;
  transactions: string;
}

interface Parallelism {
  blockNumber: string;
  transactions: string;
  lanes: string;
  laneMilliseconds: number[];
  gasUsed: string;
  criticalPathGas: string;
  reExecutions: { transactionHash: string; conflict: object }[];
  contended: Contended[];
  shadowed: boolean;
}

interface Execution {
  blockNumber: string;
  transactionIndex: string;
  runs: string;
  conflict: object | null;
  declared: string;
  accessList: object[] | null;
  missing: object[];
  superfluous: object[];
}

const hex = (value: number) => `0x${value.toString(16)}`;
let node: TestNode;
let run: UniswapRun;
let blocks: number[];

beforeAll(async () => {
  node = await startTestNode({ BRAID_BLOCK_INTERVAL_MS: "300", BRAID_SHADOW: "1" });
  run = await runUniswapScenario({ rpcUrl: node.rpcUrl, seed: 3, traders: 24, waves: 4 });
  blocks = [...new Set(run.trades.map(({ blockNumber }) => blockNumber))];
}, 180_000);
afterAll(() => node.stop());

async function ask<T>(method: string, ...params: unknown[]): Promise<T> {
  return (await rpc(node.rpcUrl, method, params)) as T;
}

const parallelism = (block: number) => ask<Parallelism>("braid_getBlockParallelism", hex(block));

it("lists what each block left in every account and slot that it changed", async () => {
  for (const block of blocks) {
    const list = await ask<AccountAccess[]>("eth_getBlockAccessList", hex(block));
    let compared = 0;
    for (const { address, storageChanges, balanceChanges, nonceChanges } of list) {
      const slots = storageChanges.map(({ key, changes }) => ["eth_getStorageAt", key, changes] as const);
      for (const [method, key, changes] of [
        ...slots,
        ["eth_getBalance", undefined, balanceChanges] as const,
        ["eth_getTransactionCount", undefined, nonceChanges] as const,
      ]) {
        if (changes.length === 0) continue;
        const params = key === undefined ? [address, hex(block)] : [address, key, hex(block)];
        expect(changes.at(-1)?.value, `${method} ${params}`).toBe(await ask<string>(method, ...params));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(2);
  }
});

it("has each sender's nonce at the place of its transaction", async () => {
  for (const block of blocks) {
    const list = await ask<AccountAccess[]>("eth_getBlockAccessList", hex(block));
    const { transactions } = await ask<{ transactions: { from: string; nonce: string }[] }>(
      "eth_getBlockByNumber",
      hex(block),
      true,
    );
    for (const [index, { from, nonce }] of transactions.entries()) {
      const sender = list.find(({ address }) => address === from);
      expect(sender?.nonceChanges).toContainEqual({ index: hex(index + 1), value: hex(Number(nonce) + 1) });
    }
  }
});

it("tells how each block ran, and that it ran again in order", async () => {
  const lanes: number[] = [];
  for (const block of blocks) {
    const report = await parallelism(block);
    lanes.push(Number(report.lanes));
    expect(report.shadowed).toBe(Number(report.lanes) > 1);
    expect(BigInt(report.criticalPathGas)).toBeGreaterThan(0n);
    expect(BigInt(report.criticalPathGas)).toBeLessThanOrEqual(BigInt(report.gasUsed));
    expect(report.contended.length).toBeLessThanOrEqual(10);
    for (const { conflict } of report.reExecutions) expect(conflict).toHaveProperty("field");
  }
  expect(Math.max(...lanes)).toBeGreaterThan(1);
});

it("gives each trade a verdict that its lists bear out", async () => {
  const verdicts = new Set<string>();
  for (const { hash, blockNumber, transactionIndex, declared } of run.trades) {
    const execution = await ask<Execution>("braid_getTransactionExecution", hash);
    verdicts.add(execution.declared);
    expect(execution).toMatchObject({
      blockNumber: hex(blockNumber),
      transactionIndex: hex(transactionIndex),
    });
    expect(execution.accessList !== null).toBe(declared);
    const { missing, superfluous } = execution;
    const verdict =
      missing.length > 0
        ? superfluous.length > 0
          ? "wide and narrow"
          : "too narrow"
        : superfluous.length > 0
          ? "too wide"
          : "exact";
    expect(execution.declared, JSON.stringify({ missing, superfluous })).toBe(declared ? verdict : "absent");
    expect(execution.conflict === null).toBe(execution.runs === "0x1");
  }
  expect(verdicts).toContain("absent");
  expect(verdicts.size).toBeGreaterThan(1);
});

it("sums the contended locations of the last blocks", async () => {
  const latest = Number(await ask<string>("eth_blockNumber"));
  const hot = await ask<{ fromBlock: string; toBlock: string; slots: (Contended & { blocks: string })[] }>(
    "braid_getHotSlots",
    1000,
  );
  expect(Number(hot.toBlock)).toBeGreaterThanOrEqual(latest);
  const sums = new Map<string, number>();
  for (let block = 0; block <= Number(hot.toBlock); block++) {
    for (const { address, field, slot, transactions } of (await parallelism(block)).contended) {
      const name = `${address} ${field} ${slot}`;
      sums.set(name, (sums.get(name) ?? 0) + Number(transactions));
    }
  }
  expect(hot.slots.length).toBeGreaterThan(3);
  for (const { address, field, slot, transactions } of hot.slots) {
    expect(Number(transactions)).toBe(sums.get(`${address} ${field} ${slot}`));
  }
});

it("counts the same in its metrics, and no shadow run that differed", async () => {
  const text = await (await fetch(`http://127.0.0.1:${node.config.metricsPort}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, "gm"))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  expect(sum("braid_shadow_differences_total")).toBe(0);
  expect(sum("braid_shadow_blocks_total")).toBeGreaterThan(0);
  expect(sum("braid_declared_lists_total")).toBe(sum("braid_transactions_total"));
  expect(sum("braid_lane_busy_seconds_total")).toBeGreaterThan(0);
});
