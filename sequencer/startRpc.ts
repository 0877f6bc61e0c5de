import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { braidRules, createReaders, StateStore } from "../executor/index.ts";
import {
  type Closers,
  type Config,
  createClosers,
  createMetrics,
  createRedis,
  createSql,
  type Logger,
  VERSION,
} from "../infra/index.ts";
import { BraidError } from "../protocol/index.ts";
import { createAdmission } from "./admission/index.ts";
import { createChainStore, createL1Chain } from "./chain-store/index.ts";
import { ChainPlanError, readChainPlan } from "./deployment/index.ts";
import { devMethods } from "./dev/methods/index.ts";
import { startDevAccess } from "./dev/startDevAccess.ts";
import { createMempool, createPendingTransactionFeed } from "./mempool/index.ts";
import { createBlockCache } from "./rpc/blocks/blockCache.ts";
import { createStateAccess } from "./rpc/blocks/stateAccess.ts";
import type { RpcDependencies } from "./rpc/context.ts";
import { createRedisPendingJournal } from "./rpc/filters/pendingJournal.ts";
import { createRedisFilterStore } from "./rpc/filters/redisFilterStore.ts";
import { announcedChain } from "./rpc/heads/announcedChain.ts";
import { createHeadTracker } from "./rpc/heads/headTracker.ts";
import { DEFAULT_RPC_LIMITS, type RpcLimits } from "./rpc/limits.ts";
import { methods } from "./rpc/methods/index.ts";
import { pendingFromL1 } from "./rpc/pending/pendingFromL1.ts";
import { startPending } from "./rpc/pending/startPending.ts";
import { createRpcServer, type RpcServerOptions } from "./rpc/server.ts";
import { createPortalView } from "./rpc/withdrawals/portalView.ts";
import { type RunningRole, requireStores } from "./runningRole.ts";

/**
 * The RPC process: stateless, as many as wanted. It reads the chain from PostgreSQL and the state from the host's
 * store, and hands transactions to Redis; it needs nothing from the sequencer but its announcements.
 */
export async function startRpc(config: Config, { logger }: { logger: Logger }): Promise<RunningRole> {
  const closers = createClosers();
  try {
    return await start(config, logger, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(config: Config, logger: Logger, closers: Closers): Promise<RunningRole> {
  const { redisUrl, databaseUrl } = requireStores(config);
  const redis = await createRedis(redisUrl, { name: "braid-rpc" });
  closers.add(() => redis.disconnect());
  const subscriber = await createRedis(redisUrl, { name: "braid-rpc-heads", blocking: true });
  closers.add(() => subscriber.disconnect());
  const sql = await createSql(databaseUrl, { name: "braid-rpc" });
  closers.add(() => sql.end({ timeout: 5 }));
  const store = await openState(path.join(config.dataDir, "state"));
  closers.add(() => store.close());

  const chain = createChainStore(sql);
  const limits = rpcLimits(config);
  const blocks = createBlockCache(chain, limits.blockCacheBytes);
  const heads = createHeadTracker({ chain, blocks, logger, redis: subscriber });
  await heads.start();
  closers.add(() => heads.stop());
  // The chain has a head, so its plan is there.
  const plan = await readChainPlan(sql);
  if (plan === undefined) throw new ChainPlanError();
  const { genesis } = plan;

  const mempool = createMempool(redis, config.mempool);
  const follower = await createRedis(redisUrl, { name: "braid-rpc-pending", blocking: true });
  const pending = createPendingTransactionFeed(follower, (err) => {
    logger.warn({ err }, "following the pool failed, will retry");
  });
  closers.add(() => pending.stop());
  const readers = await createReaders({
    stateDirectory: path.join(config.dataDir, "state"),
    threads: config.rpc.readThreads,
    queueLimit: config.rpc.readQueue,
    onThreadLost: (err) => logger.warn({ err }, "a read thread was lost and is replaced"),
  });
  closers.add(() => readers.close());
  const rules = braidRules(genesis.config.chainId);
  const state = createStateAccess(store, blocks);
  const rulesAt = () => rules;
  const looking = { state, heads, blocks, readers, rulesAt, limits, logger };
  const l1Chain = createL1Chain(sql);
  const fromL1 = async (blockNumber: number) =>
    config.dev ? [] : await pendingFromL1({ chain, l1Chain }, genesis.config, blockNumber);
  const dependencies: RpcDependencies = {
    config: genesis.config,
    clientVersion: `Braid/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`,
    chain: announcedChain(chain, heads),
    mempool,
    admission: createAdmission({
      mempool,
      state: store.reader(),
      config: genesis.config,
      feeCap: config.rpc.transactionFeeCap,
    }),
    state,
    readers,
    rulesAt,
    callGas: config.rpc.callGas,
    heads,
    blocks,
    pending,
    ...startPending(config, { ...looking, chain: genesis.config, fromL1, redis, redisUrl, closers }),
    filterStore: createRedisFilterStore(redis, limits),
    pendingJournal: createRedisPendingJournal(redis, limits),
    minimumTip: MINIMUM_TIP,
    limits,
    metrics: createMetrics("rpc"),
    logger,
    ...(config.l1Url === undefined
      ? {}
      : {
          portal: createPortalView({ l1Url: config.l1Url, portal: plan.l1.portal, rollup: plan.l1.rollup }),
        }),
    ...(config.dev ? { dev: await startDevAccess({ redis, redisUrl, heads, closers }) } : {}),
  };
  const server = createRpcServer(serverOptions(config), dependencies);
  await server.start();
  closers.add(() => server.stop());
  return {
    info: { rpcUrl: server.url, wsUrl: server.url.replace(/^http/, "ws") },
    stop: () => closers.closeAll(),
  };
}

/** In wei: what wallets are told to offer above the base fee while blocks have room. */
const MINIMUM_TIP = 1_000_000n;

export function serverOptions(config: Config): RpcServerOptions {
  const { corsOrigins, trustedHeader } = config.rpc;
  const options: RpcServerOptions = { host: config.l2Host, port: config.l2Port, corsOrigins };
  if (trustedHeader !== undefined) options.trustedHeader = trustedHeader;
  if (config.dev) options.methods = new Map([...methods, ...devMethods]);
  return options;
}

export function rpcLimits({ rpc }: Config): RpcLimits {
  return {
    ...DEFAULT_RPC_LIMITS,
    requestBytes: rpc.requestBytes,
    requestMs: rpc.requestMs,
    responseBytes: rpc.responseBytes,
    batchMembers: rpc.batchMembers,
    batchResponseBytes: rpc.batchResponseBytes,
    logRange: rpc.logRange,
    logResults: rpc.logResults,
    callMs: rpc.callMs,
    sendSyncMs: rpc.sendSyncMs,
    sendSyncMaxMs: rpc.sendSyncMaxMs,
    poolContent: rpc.poolContent,
    traceMs: rpc.traceMs,
    traceBytes: rpc.traceBytes,
    filters: rpc.filters,
    filtersPerClient: rpc.filtersPerAddress,
    filterIdleMs: rpc.filterIdleMs,
    subscriptionsPerConnection: rpc.subscriptions,
    connections: rpc.connections,
    webSocketConnections: rpc.webSockets,
    webSocketsPerAddress: rpc.webSocketsPerAddress,
    webSocketBufferBytes: rpc.webSocketBufferBytes,
    inWorkPerConnection: rpc.inWorkPerConnection,
    inWorkPerAddress: rpc.inWorkPerAddress,
    ratePerConnection: rpc.ratePerConnection,
    ratePerAddress: rpc.ratePerAddress,
    compressBytes: rpc.compressBytes,
  };
}

const STATE_WITHIN_MS = 60_000;
const STATE_POLL_MS = 50;

/** Opens the host's state store, and waits for whoever is only now writing its genesis. */
export async function openState(directory: string): Promise<StateStore> {
  const deadline = Date.now() + STATE_WITHIN_MS;
  let store: StateStore | undefined;
  for (;;) {
    try {
      store ??= StateStore.open(directory, { readOnly: true });
      if (store.head() !== undefined) return store;
    } catch (error) {
      if (!(error instanceof BraidError) || !error.retryable || Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) {
      await store?.close();
      throw new StateMissingError(directory);
    }
    await setTimeout(STATE_POLL_MS);
  }
}

class StateMissingError extends BraidError {
  constructor(directory: string) {
    super("STATE_MISSING", `no state was written to ${directory} yet`, {
      retryable: true,
      hint: "Start `braid sequencer` on this host with the same data folder.",
    });
  }
}
