/** A sequencer's inside over real servers, for tests of L1 messages: Anvil with the settlement, PostgreSQL, Redis, RPC. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Registry } from "prom-client";
import { createPublicClient, createTestClient, createWalletClient, defineChain, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { chainConfig, publicActionsL1, walletActionsL1 } from "viem/op-stack";
import {
  deploySettlement,
  developmentDeployment,
  l2Genesis,
  predictSettlementAddresses,
} from "../../../contracts/index.ts";
import { braidRules, createExecutor, createReaders, StateStore } from "../../../executor/index.ts";
import { createClosers, createRedis, createSql, type Sql } from "../../../infra/index.ts";
import { migrate } from "../../../migrations/index.ts";
import { type Genesis, hexToBytes } from "../../../protocol/index.ts";
import { createAdmission } from "../../admission/index.ts";
import { createBlockBuilder, systemClock } from "../../block-builder/blockBuilder.ts";
import { importBlock } from "../../block-builder/importBlock.ts";
import { recoverChain } from "../../block-builder/recoverChain.ts";
import { countRule } from "../../block-builder/sealing/countRule.ts";
import { gasRule } from "../../block-builder/sealing/gasRule.ts";
import { sizeRule } from "../../block-builder/sealing/sizeRule.ts";
import { createChainStore } from "../../chain-store/index.ts";
import {
  createBlockCandidates,
  createMempool,
  createPendingTransactionFeed,
  type MempoolLimits,
} from "../../mempool/index.ts";
import { createBlockCache } from "../../rpc/blocks/blockCache.ts";
import { createStateAccess } from "../../rpc/blocks/stateAccess.ts";
import { createHeadTracker } from "../../rpc/heads/headTracker.ts";
import { DEFAULT_RPC_LIMITS } from "../../rpc/limits.ts";
import { createRpcServer } from "../../rpc/server.ts";
import { createL1Watcher, type L1WatcherOptions } from "../createL1Watcher.ts";

const DEPLOYER_KEY: Hex = `0x${"d1".repeat(32)}`;
export const USER_KEY: Hex = `0x${"a1".repeat(32)}`;
export const USER = privateKeyToAccount(USER_KEY);
const ETHER = 10n ** 18n;
const POOL_LIMITS = { total: 1000, perSender: 100, queuedPerSender: 100, timeToLiveMs: 60_000 };
const ignore = () => undefined;
const noLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export type SettledL1 = Awaited<ReturnType<typeof settleL1>>;

/** Puts the settlement on an Anvil that mines a block a transaction, with money for the user. */
export async function settleL1(l1Url: string) {
  const transport = http(l1Url);
  const control = createTestClient({ chain: foundry, transport, mode: "anvil" });
  await control.setIntervalMining({ interval: 0 });
  await control.setAutomine(true);
  const deployer = privateKeyToAccount(DEPLOYER_KEY);
  for (const { address } of [deployer, USER]) await control.setBalance({ address, value: 1000n * ETHER });
  const expected = await predictSettlementAddresses({ l1Url, deployer: deployer.address });
  const genesis = l2Genesis(
    developmentDeployment({
      l1StandardBridge: expected.standardBridge,
      feeVault: { recipient: deployer.address, minWithdrawalAmount: 0n },
    }),
  );
  const settlement = await deploySettlement({
    ...{ l1Url, deployerKey: DEPLOYER_KEY, expected, sequencer: deployer.address },
    ...{ provers: [deployer.address], finalizationPeriodSeconds: 12, submissionIntervalSeconds: 12 },
    genesis: await genesisRef(genesis),
    pollingIntervalMs: 20,
  });
  const reader = createPublicClient({ chain: foundry, transport, pollingInterval: 20, cacheTime: 0 });
  const wallet = createWalletClient({ chain: foundry, transport, account: USER });
  return {
    ...{ url: l1Url, control, genesis, settlement },
    reader: reader.extend(publicActionsL1()),
    wallet: wallet.extend(walletActionsL1()),
  };
}

async function genesisRef(genesis: Genesis) {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-genesis-"));
  const executor = createExecutor({ dataDir, lanes: 1, genesis });
  await executor.start();
  const { block } = await executor.initialize();
  await executor.stop();
  rmSync(dataDir, { recursive: true, force: true });
  return { stateRoot: block.header.stateRoot, blockHash: block.hash };
}

export interface WatchedChainOptions {
  l1: SettledL1;
  redisUrl: string;
  databaseUrl: string;
  dataDir: string;
  /** Where the watcher reads L1, if not at `l1.url`. */
  l1Url?: string;
  watcher?: Partial<L1WatcherOptions["l1"]>;
  heartbeatMs?: number;
  poolLimits?: Partial<MempoolLimits>;
}

export type WatchedChain = Awaited<ReturnType<typeof startWatchedChain>>;

export async function resetStores(sql: Sql, redisUrl: string): Promise<void> {
  const redis = await createRedis(redisUrl);
  await redis.flushall();
  redis.disconnect();
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await migrate(sql);
}

/** Recovers the chain from what the stores hold, then builds blocks and serves them. */
export async function startWatchedChain(options: WatchedChainOptions) {
  const { l1, redisUrl, dataDir } = options;
  const { genesis, settlement } = l1;
  const closers = createClosers();
  const failures: unknown[] = [];
  const log: string[] = [];
  const note = (_: object, message: string) => void log.push(message);
  const redis = await createRedis(redisUrl);
  closers.add(() => redis.disconnect());
  const sql = await createSql(options.databaseUrl);
  closers.add(() => sql.end());
  await migrate(sql);
  const chain = createChainStore(sql, { indexAccounts: true });
  const executor = createExecutor({ dataDir, lanes: 1, genesis });
  await executor.start();
  closers.add(() => executor.stop());
  const head = await recoverChain(executor, chain);
  const pool = createMempool(redis, { ...POOL_LIMITS, ...options.poolLimits });
  const candidates = createBlockCandidates({
    redis,
    follower: await createRedis(redisUrl, { blocking: true }),
    timeToLiveMs: 60_000,
    onRejected: (rejections) => void chain.recordRejections(rejections),
    onError: (error) => failures.push(error),
  });
  await candidates.start((sender) => executor.state().account(sender)?.nonce ?? 0n);
  closers.add(() => candidates.stop());
  const blocks = createBlockCache(chain, 1e7);
  const heads = createHeadTracker({ chain, blocks, logger: noLog, pollMs: 100 });
  const registry = new Registry();
  const watcher = createL1Watcher({
    ...{ sql, registry, chain: genesis.config, log: { info: note, warn: note, error: note } },
    l1: {
      url: options.l1Url ?? l1.url,
      portal: settlement.portal,
      deployedAtBlock: settlement.deployedAtBlock,
      confirmations: 0,
      pollMs: 20,
      ...options.watcher,
    },
    onFatal: (error) => failures.push(error),
  });
  const stopping = new AbortController();
  const pause = (ms: number) => systemClock.sleep(ms, stopping.signal);
  const announce = () => heads.announce({ number: builder.head().header.number, safe: 0, finalized: 0 });
  const builder = createBlockBuilder(
    {
      chain: genesis.config,
      blockIntervalMs: 10,
      heartbeatMs: options.heartbeatMs ?? 600_000,
      rules: [gasRule(genesis.config.gasLimit), countRule(1000), sizeRule(110_000)],
    },
    {
      ...{ candidates, executor, clock: systemClock, l1: watcher.source, onSealed: () => undefined },
      importBlock: (executed, position) =>
        importBlock(
          executed,
          {
            ...{ chain, executor, candidates, pause, onRetry: () => undefined },
            announce: ({ block }) =>
              heads.announce({ number: block.header.number, safe: 0, finalized: 0 }, block),
          },
          position,
        ),
    },
    head,
  );
  await heads.start();
  closers.add(() => heads.stop());
  const running = builder.run(stopping.signal).catch((error: unknown) => failures.push(error));
  closers.add(async () => {
    stopping.abort();
    await running;
  });
  await watcher.start({
    ...{ builder, pool },
    rollback: { chain, executor, candidates, pause },
    onRolledBack: announce,
  });
  closers.add(() => watcher.stop());

  const store = StateStore.open(dataDir, { readOnly: true });
  closers.add(() => store.close());
  const readers = await createReaders({
    stateDirectory: dataDir,
    threads: 1,
    queueLimit: 10,
    onThreadLost: ignore,
  });
  closers.add(() => readers.close());
  const pending = createPendingTransactionFeed(
    await createRedis(redisUrl, { blocking: true }),
    () => undefined,
  );
  closers.add(() => pending.stop());
  const state = createStateAccess(store, blocks);
  const server = createRpcServer(
    { host: "127.0.0.1", port: 0 },
    {
      ...{ chain, state, readers, heads, blocks, pending, logger: noLog, config: genesis.config },
      ...{ clientVersion: "Braid/test", mempool: pool, limits: DEFAULT_RPC_LIMITS, metrics: new Registry() },
      ...{ rulesAt: () => braidRules(genesis.config.chainId), callGas: 50_000_000n, minimumTip: 1_000_000n },
      admission: createAdmission({
        mempool: pool,
        state: store.reader(),
        config: genesis.config,
        feeCap: 0n,
      }),
    },
  );
  await server.start();
  closers.add(() => server.stop());
  return {
    ...{ chain, executor, pool, sql, builder, failures, log, registry, dataDir, url: server.url },
    l2: l2Client(server.url, l1),
    nonceOf: (address: Hex) => executor.state().account(hexToBytes(address))?.nonce ?? 0n,
    balanceOf: (address: Hex) => executor.state().account(hexToBytes(address))?.balance ?? 0n,
    stop: () => closers.closeAll(),
  };
}

function l2Client(url: string, { settlement }: SettledL1) {
  return createPublicClient({
    chain: l2Chain(url, settlement.portal),
    transport: http(url),
    pollingInterval: 20,
  });
}

/** As a wallet describes the chain to viem's op-stack actions. */
export function l2Chain(url: string, portal: Hex) {
  return defineChain({
    ...chainConfig,
    id: 7357,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [url] } },
    contracts: { ...chainConfig.contracts, portal: { [foundry.id]: { address: portal } } },
    sourceId: foundry.id,
  });
}
