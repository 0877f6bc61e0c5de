/** A chain in PostgreSQL, the settlement on Anvil and queues in Redis, for the tests of sealing and posting. */
import type { Redis } from "ioredis";
import { Registry } from "prom-client";
import { createPublicClient, createTestClient, createWalletClient, type Hex, http } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import {
  rollupAbi as abi,
  deploySettlement,
  developmentDeployment,
  encodeL2Deployment,
  type SettlementDeployment,
} from "../../../contracts/index.ts";
import { createRedis, createSql, DEV_MNEMONIC, type Sql } from "../../../infra/index.ts";
import { migrate } from "../../../migrations/index.ts";
import {
  type Block,
  type BraidError,
  bytesToHex,
  hexToBytes,
  InvariantError,
} from "../../../protocol/index.ts";
import { type ChainStore, createChainStore, type L1Position } from "../../chain-store/index.ts";
import { generatedBlock } from "../../chain-store/testing/generatedChain.ts";
import { localSigner } from "../../l1-transactions/index.ts";
import type { BatchLog } from "../batchLog.ts";
import type { BatchPoster } from "../createBatchPoster.ts";
import { createBatchSealer } from "../createBatchSealer.ts";
import { createPoster, type PosterOptions, type PosterSettings } from "../createPoster.ts";
import type { BuildProofInput } from "../proofInputs.ts";

export function devKey(index: number): Hex {
  const key = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index }).getHdKey().privateKey;
  if (key === null) throw new InvariantError("the development mnemonic gives no key");
  return bytesToHex(key);
}

export const devAccount = (index: number) => mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index });

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

export const ROLES = {
  deployer: 0,
  sequencer: 9,
  guardian: 1,
  prover: 2,
  otherProver: 3,
  stranger: 5,
} as const;
const ZERO = `0x${"00".repeat(20)}` as const;
const EMPTY_ROOT = hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

export const SETTINGS: PosterSettings = {
  dataAvailability: "calldata",
  sidecarVersion: undefined,
  ceiling: { maxFeePerGas: 500n * 10n ** 9n, maxFeePerBlobGas: 500n * 10n ** 9n },
  dailyLimit: 10n ** 21n,
  commitDeadlineMs: 3_600_000,
  bumpAfterMs: 1_000,
  pollingIntervalMs: 50,
  maxUnpostedBatches: 100,
  maxInFlight: 16,
  warnBelowHours: 24,
  provers: [],
};

export interface SettlementBench {
  stack: SettlementStack;
  chain: ChainStore;
  redis: Redis;
  sql: Sql;
  deployment: SettlementDeployment;
  key: Hex;
  l1: ReturnType<typeof l1Clients>;
  log: ReturnType<typeof recordingLog>;
  fatal: BraidError[];
  /** Appends blocks of this many transfers and seals them as one batch. */
  seal(blocks: number, transactions: number): Promise<void>;
  appendBlock(transactions: number, position?: Partial<L1Position>): Promise<Block>;
  startPoster(
    settings?: Partial<PosterSettings>,
    options?: Partial<PosterOptions>,
  ): Promise<BatchPoster & { registry: Registry }>;
  stop(): Promise<void>;
}

function l1Clients(url: string, rollup: Hex) {
  const transport = http(url);
  const reader = createPublicClient({ chain: foundry, transport, cacheTime: 0, pollingInterval: 50 });
  const contract = { address: rollup, abi } as const;
  return {
    reader,
    wallet: createWalletClient({ chain: foundry, transport }),
    control: createTestClient({ chain: foundry, transport, mode: "anvil" }),
    rollup: contract,
    lastBatch: async () =>
      Number(await reader.readContract({ ...contract, functionName: "lastCommittedBatch" })),
    lastProven: async () =>
      Number(await reader.readContract({ ...contract, functionName: "lastProvenBatch" })),
    lastFinalized: async () =>
      Number(await reader.readContract({ ...contract, functionName: "lastFinalizedBatch" })),
    commits: () => reader.getContractEvents({ ...contract, eventName: "BatchCommitted", fromBlock: 0n }),
  };
}

/** What the two benches have differently. */
export interface BenchOptions {
  stack: SettlementStack;
  sql: Sql;
  redis: Redis;
  chain: ChainStore;
  deployment: SettlementDeployment;
  messagePasserRoot: (stateRoot: Uint8Array) => Uint8Array;
  buildProofInput: BuildProofInput | undefined;
  appendBlock: (transactions: number, position?: Partial<L1Position>) => Promise<Block>;
  onStop: () => Promise<void>;
}

/** Blocks that nobody executed: for what does not depend on their content. */
export async function startSettlementBench(stack: SettlementStack): Promise<SettlementBench> {
  const sql = await createSql(stack.databaseUrl);
  await migrate(sql);
  const redis = await createRedis(stack.redisUrl, { blocking: true });
  const chain = createChainStore(sql);
  const genesis = generatedBlock(undefined, []);
  await chain.appendBlock(genesis);
  const blocks = [genesis];
  const deployment = await deploySettlement({
    l1Url: stack.l1Url,
    deployerKey: devKey(ROLES.deployer),
    guardian: devAccount(ROLES.guardian).address,
    sequencer: devAccount(ROLES.sequencer).address,
    provers: [devAccount(ROLES.prover).address],
    genesis: { stateRoot: genesis.block.header.stateRoot, blockHash: genesis.block.hash },
    l2Deployment: encodeL2Deployment(
      developmentDeployment({
        l1StandardBridge: ZERO,
        feeVault: { recipient: ZERO, minWithdrawalAmount: 0n },
      }),
    ),
    finalizationPeriodSeconds: 2,
    submissionIntervalSeconds: 1,
    silenceWindowBlocks: 5,
    inclusionWindowBlocks: 50,
    pollingIntervalMs: 20,
  });
  const origin = await l1Clients(stack.l1Url, deployment.rollup).reader.getBlock();
  return benchOf({
    ...{ stack, sql, redis, chain, deployment },
    messagePasserRoot: () => EMPTY_ROOT,
    buildProofInput: undefined,
    onStop: async () => undefined,
    async appendBlock(transactions, position = {}) {
      const outcomes = Array.from({ length: transactions }, () => ({
        logs: [],
        creates: false,
        status: 1 as const,
      }));
      // The chain may have gone back.
      blocks.length = ((await chain.head())?.number ?? 0) + 1;
      const executed = generatedBlock(blocks.at(-1), outcomes);
      blocks.push(executed);
      await chain.appendBlock(executed, {
        originNumber: Number(origin.number),
        originHash: hexToBytes(origin.hash),
        sequenceNumber: blocks.length - 2,
        messagesConsumed: 0,
        transactionsFromL1: 0,
        ...position,
      });
      return executed.block;
    },
  });
}

export function benchOf(base: BenchOptions): SettlementBench {
  const { stack, sql, redis, chain, deployment, appendBlock, messagePasserRoot } = base;
  const log = recordingLog();
  const fatal: BraidError[] = [];
  const posters: BatchPoster[] = [];
  const onFatal = (error: BraidError) => fatal.push(error);
  const key = devKey(ROLES.sequencer);
  return {
    ...{ stack, chain, redis, sql, deployment, key, log, fatal, appendBlock },
    l1: l1Clients(stack.l1Url, deployment.rollup),
    async seal(count, transactions) {
      for (let i = 0; i < count; i++) await appendBlock(transactions);
      const sealer = createBatchSealer({ chain, log, batchIntervalMs: 1e9, onFatal, messagePasserRoot });
      await sealer.start();
      await sealer.sealNow();
      await sealer.stop();
    },
    async startPoster(settings = {}, options = {}) {
      const registry = new Registry();
      const poster = createPoster({
        settings: { ...SETTINGS, ...settings },
        ...{ chain, sql, redis, registry, log },
        l1Url: stack.l1Url,
        rollup: deployment.rollup,
        deployedAtBlock: deployment.deployedAtBlock,
        signer: localSigner(key),
        makeBlobs: () => Promise.reject(new InvariantError("no blobs here")),
        buildProofInput: base.buildProofInput,
        onFatal,
        onOverdue: () => Promise.reject(new InvariantError("nothing is overdue here")),
        maxBackoffMs: 500,
        ...options,
      });
      await poster.start();
      posters.push(poster);
      return Object.assign(poster, { registry });
    },
    async stop() {
      await Promise.all(posters.map((poster) => poster.stop()));
      redis.disconnect();
      await sql.end();
      await base.onStop();
      await stack.stop();
    },
  };
}
