/** A chain in PostgreSQL, a rollup on Anvil and a queue in Redis, for the tests of sealing and posting. */
import type { Redis } from "ioredis";
import { Registry } from "prom-client";
import { createPublicClient, createTestClient, type Hex, http } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { deployRollup, rollupAbi } from "../../../contracts/index.ts";
import type { ExecutedBlock } from "../../../executor/index.ts";
import { createRedis, createSql, DEV_MNEMONIC, type Sql } from "../../../infra/index.ts";
import { migrate } from "../../../migrations/index.ts";
import { type Block, type BraidError, bytesToHex, InvariantError } from "../../../protocol/index.ts";
import { type ChainStore, createChainStore } from "../../chain-store/index.ts";
import { generatedBlock } from "../../chain-store/testing/generatedChain.ts";
import type { BatchLog } from "../batchLog.ts";
import { type BatchPoster, type BatchPosterOptions, createBatchPoster } from "../createBatchPoster.ts";
import { createBatchSealer } from "../createBatchSealer.ts";

export function devKey(index: number): Hex {
  const key = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index }).getHdKey().privateKey;
  if (key === null) throw new InvariantError("the development mnemonic gives no key");
  return bytesToHex(key);
}

export const recordingLog = () => {
  const lines: string[] = [];
  const write = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields, (_, v) => (v instanceof Error ? v.message : v))}`);
  };
  return { lines, info: write, warn: write, error: write } satisfies BatchLog & { lines: string[] };
};

/** Real servers, as test/support/stack.ts starts them. */
export interface SettlementStack {
  redisUrl: string;
  databaseUrl: string;
  l1Url: string;
  stop(): Promise<void>;
}

export interface SettlementBench {
  stack: SettlementStack;
  chain: ChainStore;
  redis: Redis;
  sql: Sql;
  rollup: Hex;
  key: Hex;
  l1: ReturnType<typeof l1Clients>;
  log: ReturnType<typeof recordingLog>;
  fatal: BraidError[];
  blocks: ExecutedBlock[];
  /** Appends blocks of this many transfers and seals them as one batch. */
  seal(blocks: number, transactions: number): Promise<void>;
  appendBlock(transactions: number): Promise<Block>;
  startPoster(options?: Partial<BatchPosterOptions>): Promise<BatchPoster>;
  stop(): Promise<void>;
}

function l1Clients(url: string, rollup: Hex) {
  const transport = http(url);
  const reader = createPublicClient({ transport, cacheTime: 0 });
  const contract = { address: rollup, abi: rollupAbi } as const;
  return {
    reader,
    control: createTestClient({ transport, mode: "anvil" }),
    lastBatch: async () =>
      Number((await reader.readContract({ ...contract, functionName: "lastBatch" })).number),
    commits: () => reader.getContractEvents({ ...contract, eventName: "BatchCommitted", fromBlock: 0n }),
  };
}

export async function startSettlementBench(stack: SettlementStack): Promise<SettlementBench> {
  const sql = await createSql(stack.databaseUrl);
  await migrate(sql);
  const redis = await createRedis(stack.redisUrl);
  const chain = createChainStore(sql);
  const genesis = generatedBlock(undefined, []);
  await chain.appendBlock(genesis);
  const blocks = [genesis];
  const key = devKey(9);
  const { rollup } = await deployRollup({
    l1Url: stack.l1Url,
    sequencerKey: key,
    genesis: { stateRoot: genesis.block.header.stateRoot, blockHash: genesis.block.hash },
  });
  const log = recordingLog();
  const fatal: BraidError[] = [];
  const posters: BatchPoster[] = [];
  const onFatal = (error: BraidError) => fatal.push(error);

  async function appendBlock(transactions: number): Promise<Block> {
    const outcomes = Array.from({ length: transactions }, () => ({
      logs: [],
      creates: false,
      status: 1 as const,
    }));
    const executed = generatedBlock(blocks.at(-1), outcomes);
    blocks.push(executed);
    await chain.appendBlock(executed);
    return executed.block;
  }

  return {
    ...{ stack, chain, redis, sql, rollup, key, log, fatal, blocks, appendBlock },
    l1: l1Clients(stack.l1Url, rollup),
    async seal(count, transactions) {
      for (let i = 0; i < count; i++) await appendBlock(transactions);
      const sealer = createBatchSealer({ chain, log, batchIntervalMs: 1e9, onFatal });
      await sealer.start();
      await sealer.sealNow();
      await sealer.stop();
    },
    async startPoster(options = {}) {
      const poster = createBatchPoster({
        chain,
        redis,
        l1: { url: stack.l1Url, key, rollup },
        log,
        registry: new Registry(),
        onFatal,
        pollingIntervalMs: 50,
        reconcileIntervalMs: 300,
        maxBackoffMs: 500,
        ...options,
      });
      await poster.start();
      posters.push(poster);
      return poster;
    },
    async stop() {
      await Promise.all(posters.map((poster) => poster.stop()));
      redis.disconnect();
      await sql.end();
      await stack.stop();
    },
  };
}
