import { createReaders, type StateStore } from "../../executor/index.ts";
import { type Closers, type Config, createMetrics, type Logger, VERSION } from "../../infra/index.ts";
import { createBlockCache } from "../rpc/blocks/blockCache.ts";
import { createStateAccess } from "../rpc/blocks/stateAccess.ts";
import type { RpcDependencies } from "../rpc/context.ts";
import { createHeadTracker, type HeadTracker } from "../rpc/heads/headTracker.ts";
import type { RpcMethod } from "../rpc/json-rpc/method.ts";
import { createRpcServer } from "../rpc/server.ts";
import { rpcLimits, serverOptions } from "../startRpc.ts";

/** What differs between the chains that are served without a sequencer's stores. */
type Served =
  | "chain"
  | "mempool"
  | "admission"
  | "pending"
  | "pool"
  | "rulesAt"
  | "blockHashes"
  | "forkConfig"
  | "portal";

export interface ServedChain extends Pick<RpcDependencies, Served> {
  /** The host's state store: the state of the chain's head, and of the blocks before it. */
  store: StateStore;
  stateDirectory: string;
  chainConfig: RpcDependencies["config"];
  /** All of Braid's when left out. */
  methods?: ReadonlyMap<string, RpcMethod>;
}

/** In wei: what geth's miner asks for by default. */
const MINIMUM_TIP = 1_000_000n;

/** Starts the RPC over a chain and its state alone: neither Redis nor PostgreSQL. What it opened, `closers` closes. */
export async function serveChain(
  { store, stateDirectory, chainConfig, methods, ...served }: ServedChain,
  { config, logger, closers }: { config: Config; logger: Logger; closers: Closers },
): Promise<{ heads: HeadTracker; url: string }> {
  const limits = rpcLimits(config);
  const blocks = createBlockCache(served.chain, limits.blockCacheBytes);
  const heads = createHeadTracker({ chain: served.chain, blocks, logger });
  await heads.start();
  closers.add(() => heads.stop());
  const readers = await createReaders({
    stateDirectory,
    threads: config.rpc.readThreads,
    queueLimit: config.rpc.readQueue,
    onThreadLost: (err) => logger.warn({ err }, "a read thread was lost and is replaced"),
  });
  closers.add(() => readers.close());
  const server = createRpcServer(
    { ...serverOptions(config), ...(methods === undefined ? {} : { methods }) },
    {
      ...served,
      config: chainConfig,
      clientVersion: `Braid/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`,
      state: createStateAccess(store, blocks),
      readers,
      callGas: config.rpc.callGas,
      heads,
      blocks,
      minimumTip: MINIMUM_TIP,
      limits,
      metrics: createMetrics("rpc"),
      logger,
    },
  );
  await server.start();
  closers.add(() => server.stop());
  return { heads, url: server.url };
}
