import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createExecutor, type ExecutedBlock, type Executor } from "../../executor/index.ts";
import { createRedis, createSql, type Sql } from "../../infra/index.ts";
import { migrate } from "../../migrations/index.ts";
import {
  bytesToHex,
  decodeTransaction,
  developmentGenesis,
  NO_L1_PRICES,
  type Transaction,
} from "../../protocol/index.ts";
import { signTransfer, testAddress } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { type ChainStore, ChainStoreError, createChainStore } from "../chain-store/index.ts";
import {
  type BlockCandidates,
  createBlockCandidates,
  createMempool,
  type Mempool,
} from "../mempool/index.ts";
import { createBlockBuilder, systemClock } from "./blockBuilder.ts";
import { type ImportBlockDeps, importBlock } from "./importBlock.ts";
import { nextBlockInput } from "./nextBlockInput.ts";
import { recoverChain } from "./recoverChain.ts";
import { countRule } from "./sealing/countRule.ts";
import { gasRule } from "./sealing/gasRule.ts";
import { sizeRule } from "./sealing/sizeRule.ts";

const SENDERS = 4;
const GENESIS = (() => {
  const genesis = developmentGenesis();
  const rich = Array.from({ length: SENDERS }, (_, index) => ({
    ...(genesis.accounts[0] as (typeof genesis.accounts)[number]),
    address: testAddress(index),
  }));
  return { ...genesis, accounts: [...genesis.accounts, ...rich] };
})();

let stack: TestStack;
let redis: Awaited<ReturnType<typeof createRedis>>;
let sql: Sql;
let chain: ChainStore;
let pool: Mempool;
let dataDir: string;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stack = await startTestStack({ redis: true, postgres: true });
  redis = await createRedis(stack.redisUrl);
  sql = await createSql(stack.databaseUrl);
});
beforeEach(async () => {
  await redis.flushall();
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await migrate(sql);
  chain = createChainStore(sql);
  pool = createMempool(redis, { total: 100, perSender: 100, queuedPerSender: 100, timeToLiveMs: 60_000 });
  dataDir = mkdtempSync(path.join(tmpdir(), "braid-builder-"));
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  rmSync(dataDir, { recursive: true, force: true });
});
afterAll(async () => {
  redis.disconnect();
  await sql.end();
  await stack.stop();
});

async function startExecutor(folder = dataDir): Promise<Executor> {
  const executor = createExecutor({ dataDir: folder, lanes: 1, genesis: GENESIS });
  await executor.start();
  opened.push(() => executor.stop());
  return executor;
}

async function startCandidates(executor: Executor): Promise<BlockCandidates> {
  const candidates = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    timeToLiveMs: 60_000,
    onRejected: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  await candidates.start((sender) => executor.state().account(sender)?.nonce ?? 0n);
  opened.push(() => candidates.stop());
  return candidates;
}

async function send(sender: number, nonce: number): Promise<Transaction> {
  const transaction = decodeTransaction(await signTransfer(sender, { nonce }));
  await pool.add(transaction, { nonce: 0n, balance: 10n ** 20n });
  return transaction;
}

function importDeps(executor: Executor, candidates: BlockCandidates, log: string[] = []): ImportBlockDeps {
  const logged =
    <A extends unknown[], R>(name: string, call: (...args: A) => R) =>
    (...args: A) => {
      log.push(name);
      return call(...args);
    };
  return {
    chain: { ...chain, appendBlock: logged("persist", chain.appendBlock) },
    executor: {
      start: () => executor.start(),
      stop: () => executor.stop(),
      head: () => executor.head(),
      state: () => executor.state(),
      initialize: () => executor.initialize(),
      execute: (input) => executor.execute(input),
      replayDiff: (header, hash, diff) => executor.replayDiff(header, hash, diff),
      amend: (input, amendments) => executor.amend(input, amendments),
      rollback: (target, undone, kept) => executor.rollback(target, undone, kept),
      commit: logged("state", (executed: ExecutedBlock) => executor.commit(executed)),
    },
    candidates: { ...candidates, settle: logged("settle", candidates.settle) },
    announce: logged("announce", async () => undefined),
    pause: async () => undefined,
    onRetry: () => log.push("retry"),
  };
}

async function executeNext(executor: Executor, transactions: Transaction[]): Promise<ExecutedBlock> {
  const head = await chain.head();
  const parent = await chain.headerByNumber(head?.number ?? 0);
  if (parent === undefined) throw new TypeError("no parent");
  return await executor.execute(
    nextBlockInput(GENESIS.config, parent, Date.now(), transactions, NO_L1_PRICES),
  );
}

test("seals work within an interval, at most one block an interval, and beats when idle", async () => {
  const executor = await startExecutor();
  const start = await recoverChain(executor, chain);
  const candidates = await startCandidates(executor);
  const stop = new AbortController();
  const sealed: { transactions: number; at: number }[] = [];
  const deps = importDeps(executor, candidates);
  const builder = createBlockBuilder(
    {
      chain: GENESIS.config,
      blockIntervalMs: 200,
      heartbeatMs: 1500,
      rules: [gasRule(50_000n), countRule(100), sizeRule(10_000)],
    },
    {
      candidates,
      executor,
      clock: systemClock,
      importBlock: (executed) => importBlock(executed, deps),
      onSealed: ({ block }) => sealed.push({ transactions: block.transactions.length, at: Date.now() }),
    },
    start,
  );
  const running = builder.run(stop.signal);
  for (let nonce = 0; nonce < 5; nonce++) await send(0, nonce);
  await expect.poll(() => sealed.reduce((sum, { transactions }) => sum + transactions, 0)).toBe(5);
  // The gas rule lets two transfers of 21,000 into a block of 50,000.
  expect(sealed.every(({ transactions }) => transactions >= 1 && transactions <= 2)).toBe(true);
  for (const [index, { at }] of sealed.entries()) {
    const before = sealed[index - 1];
    if (before !== undefined) expect(at - before.at).toBeGreaterThan(150);
  }
  const worked = sealed.length;
  await expect.poll(() => sealed.length, { timeout: 5000 }).toBe(worked + 1);
  expect(sealed.at(-1)?.transactions).toBe(0);
  expect((sealed.at(-1)?.at ?? 0) - (sealed.at(-2)?.at ?? 0)).toBeGreaterThan(1400);
  stop.abort();
  await running;
});

test("each sealing rule closes a block, and selection says which", async () => {
  const progress = { count: 2, gas: 42_000n, bytes: 220 };
  const transaction = decodeTransaction(await signTransfer(0, { nonce: 0 }));
  expect(gasRule(63_000n).admits(progress, transaction)).toBe(true);
  expect(gasRule(62_999n).admits(progress, transaction)).toBe(false);
  expect(countRule(3).admits(progress, transaction)).toBe(true);
  expect(countRule(2).admits(progress, transaction)).toBe(false);
  expect(sizeRule(220 + transaction.raw.length).admits(progress, transaction)).toBe(true);
  expect(sizeRule(219 + transaction.raw.length).admits(progress, transaction)).toBe(false);
});

test("imports in the order that loses nothing", async () => {
  const executor = await startExecutor();
  await recoverChain(executor, chain);
  const candidates = await startCandidates(executor);
  const log: string[] = [];
  await importBlock(await executeNext(executor, [await send(0, 0)]), importDeps(executor, candidates, log));
  expect(log).toEqual(["persist", "state", "settle", "announce"]);
  expect(await redis.hlen("braid:pool:txs")).toBe(0);
});

test("a block whose commit was answered by a broken connection is imported once", async () => {
  const executor = await startExecutor();
  await recoverChain(executor, chain);
  const log: string[] = [];
  const deps = importDeps(executor, await startCandidates(executor), log);
  let broken = 0;
  const executed = await executeNext(executor, [await send(0, 0)]);
  await importBlock(executed, {
    ...deps,
    chain: {
      ...chain,
      async appendBlock(block) {
        await chain.appendBlock(block);
        broken++;
        throw new ChainStoreError("CHAIN_STORE_UNAVAILABLE", "connection lost", { retryable: true });
      },
    },
  });
  expect(broken).toBe(1);
  expect(log).toEqual(["retry", "state", "settle", "announce"]);
  expect(await chain.head()).toEqual({ number: 1, hash: executed.block.hash });
});

test("recovers a state store that is behind, or gone, and the pool with it", async () => {
  const executor = await startExecutor();
  await recoverChain(executor, chain);
  const transactions = [await send(0, 0), await send(1, 0), await send(0, 1)];
  const first = await executeNext(executor, transactions.slice(0, 2));
  await chain.appendBlock(first);
  await executor.commit(first);
  const second = await executeNext(executor, transactions.slice(2));
  await chain.appendBlock(second);
  // Here the process dies: block 2 is durable, its state is not, and the pool still holds all three.
  const recovered = await recoverChain(executor, chain);
  expect(recovered.replayed).toBe(1);
  expect(bytesToHex(executor.head()?.stateRoot ?? new Uint8Array())).toBe(
    bytesToHex(second.block.header.stateRoot),
  );
  expect((await startCandidates(executor)).executable()).toBe(0);
  expect(await redis.hlen("braid:pool:txs")).toBe(0);

  const fresh = await startExecutor(path.join(dataDir, "fresh"));
  expect((await recoverChain(fresh, chain)).replayed).toBe(2);
  expect(fresh.head()).toEqual(executor.head());
});

test("refuses stores of different chains", async () => {
  const executor = await startExecutor();
  await recoverChain(executor, chain);
  const executed = await executeNext(executor, []);
  await executor.commit(executed);
  await expect(recoverChain(executor, chain)).rejects.toMatchObject({ code: "STORES_DISAGREE" });
});
