import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { createSimulator, StateStore } from "../executor/index.ts";
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
import { createChainStore } from "./chain-store/index.ts";
import { chainGenesis } from "./chainGenesis.ts";
import { createMempool, createPendingTransactionFeed } from "./mempool/index.ts";
import { createBlockCache } from "./rpc/blocks/blockCache.ts";
import { createStateAccess } from "./rpc/blocks/stateAccess.ts";
import type { RpcDependencies } from "./rpc/context.ts";
import { createHeadTracker } from "./rpc/heads/headTracker.ts";
import { DEFAULT_RPC_LIMITS, type RpcLimits } from "./rpc/limits.ts";
import { createRpcServer } from "./rpc/server.ts";
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

  const genesis = chainGenesis(config);
  const chain = createChainStore(sql);
  const limits = rpcLimits(config);
  const blocks = createBlockCache(chain, limits.blockCacheBytes);
  const heads = createHeadTracker({ chain, blocks, logger, redis: subscriber });
  await heads.start();
  closers.add(() => heads.stop());

  const mempool = createMempool(redis, config.mempool);
  const follower = await createRedis(redisUrl, { name: "braid-rpc-pending", blocking: true });
  const pending = createPendingTransactionFeed(follower, (err) => {
    logger.warn({ err }, "following the pool failed, will retry");
  });
  closers.add(() => pending.stop());
  const dependencies: RpcDependencies = {
    config: genesis.config,
    clientVersion: `Braid/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`,
    chain,
    mempool,
    admission: createAdmission({ mempool, state: store.reader(), config: genesis.config }),
    state: createStateAccess(store, blocks),
    simulator: createSimulator({ chainId: genesis.config.chainId, gasCap: config.rpc.callGas }),
    heads,
    blocks,
    pending,
    minimumTip: MINIMUM_TIP,
    limits,
    metrics: createMetrics("rpc"),
    logger,
  };
  const server = createRpcServer({ host: config.l2Host, port: config.l2Port }, dependencies);
  await server.start();
  closers.add(() => server.stop());
  return {
    info: { rpcUrl: server.url, wsUrl: server.url.replace(/^http/, "ws") },
    stop: () => closers.closeAll(),
  };
}

/** In wei: what wallets are told to offer above the base fee while blocks have room. */
const MINIMUM_TIP = 1_000_000n;

function rpcLimits(config: Config): RpcLimits {
  const { requestBytes, batchMembers, logRange, logResults } = config.rpc;
  return { ...DEFAULT_RPC_LIMITS, requestBytes, batchMembers, logRange, logResults };
}

const STATE_WITHIN_MS = 60_000;
const STATE_POLL_MS = 50;

/** Opens the host's state store, and waits for a sequencer that is only now writing its genesis. */
async function openState(directory: string): Promise<StateStore> {
  const deadline = Date.now() + STATE_WITHIN_MS;
  for (;;) {
    try {
      const store = StateStore.open(directory, { readOnly: true });
      if (store.head() !== undefined) return store;
      await store.close();
    } catch (error) {
      if (!(error instanceof BraidError) || !error.retryable || Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new StateMissingError(directory);
    await setTimeout(STATE_POLL_MS);
  }
}

class StateMissingError extends BraidError {
  constructor(directory: string) {
    super("STATE_MISSING", `no sequencer has written a state to ${directory}`, {
      retryable: true,
      hint: "Start `braid sequencer` on this host with the same data folder.",
    });
  }
}
