import path from "node:path";
import type { Registry } from "prom-client";
import { createExecutor, type ExecutedBlock, type Executor } from "../executor/index.ts";
import {
  type Closers,
  type Config,
  createClosers,
  createMetrics,
  createRedis,
  createSql,
  type Logger,
  type Sql,
  startAdminServer,
} from "../infra/index.ts";
import { migrate } from "../migrations/index.ts";
import { bytesToHex, InvariantError, keccakBackend, recoveryBackend } from "../protocol/index.ts";
import type { SettledHeads } from "./batch-poster/index.ts";
import { type BlockBuilder, createBlockBuilder, systemClock } from "./block-builder/blockBuilder.ts";
import { importBlock } from "./block-builder/importBlock.ts";
import type { L1Source } from "./block-builder/l1Source.ts";
import { type RecoveredHead, recoverChain } from "./block-builder/recoverChain.ts";
import type { RollbackDeps } from "./block-builder/rollbackChain.ts";
import { countRule } from "./block-builder/sealing/countRule.ts";
import { gasRule } from "./block-builder/sealing/gasRule.ts";
import { sizeRule } from "./block-builder/sealing/sizeRule.ts";
import { type ChainStore, createChainStore, truncateAfter } from "./chain-store/index.ts";
import { type ChainPlan, ensureSettlement, planChain } from "./deployment/index.ts";
import { DevPacing } from "./dev/devPacing.ts";
import { requireDevChain } from "./dev/requireDevChain.ts";
import { startDevCommands } from "./dev/startDevCommands.ts";
import { type BlockCandidates, createBlockCandidates, createMempool } from "./mempool/index.ts";
import { publishHead } from "./rpc/heads/publishHead.ts";
import { MissingSettingError, type RunningRole, requireStores } from "./runningRole.ts";
import { createSequencerMetrics, type SequencerMetrics } from "./sequencerMetrics.ts";
import { startSettlement, withoutSettlement } from "./settlement.ts";

/** What the parts of one sequencer share while it starts. */
interface Parts {
  config: Config;
  l1Url: string;
  plan: ChainPlan;
  logger: Logger;
  closers: Closers;
  registry: Registry;
  metrics: SequencerMetrics;
  chain: ChainStore;
  sql: Sql;
  redisUrl: string;
  redis: Awaited<ReturnType<typeof createRedis>>;
  executor: Executor;
  head: RecoveredHead;
  /** Ends the role: something happened that it must not go on past. */
  fail(error: unknown): void;
}

/**
 * The sequencer process: recovers the chain, then builds blocks and posts batches. Plain calls, bottom up; everything
 * is closed in reverse order. Exactly one may run on a database.
 */
export async function startSequencer(config: Config, { logger }: { logger: Logger }): Promise<RunningRole> {
  const closers = createClosers();
  try {
    return await start(config, logger, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(config: Config, logger: Logger, closers: Closers): Promise<RunningRole> {
  const { failed, fail } = failure();
  const l1Url = config.l1Url;
  if (l1Url === undefined) throw new MissingSettingError("BRAID_L1_URL", "the RPC of an L1");
  const parts = await recover(config, l1Url, logger, closers, fail);
  const { head } = parts;
  logger.info(
    {
      block: head.header.number,
      hash: bytesToHex(head.hash),
      replayed: head.replayed,
      keccakBackend,
      recoveryBackend,
    },
    "chain recovered",
  );
  const { plan, chain } = parts;
  const isNew = (await chain.lastBatch()) === undefined;
  const l1 = await ensureSettlement({ config, l1Url, plan, genesis: await genesisRef(chain), isNew });

  let latest = head;
  const publish = (heads: SettledHeads) =>
    publishHead(parts.redis, { number: latest.header.number, hash: latest.hash, ...heads });
  const settlement = config.dev
    ? await withoutSettlement(chain)
    : await startSettlement({
        ...parts,
        l1,
        onHeads: (heads) => {
          publish(heads).catch((err: unknown) =>
            logger.warn({ err }, "the safe and finalized heads could not be announced"),
          );
        },
      });
  const candidates = await startCandidates(parts);
  const pacing = config.dev
    ? new DevPacing({ blockIntervalMs: config.blockIntervalMs, now: systemClock.now }, head.header)
    : undefined;
  const announceHead = async () => {
    latest = { ...latest, ...builder.head() };
    await publish(settlement.heads());
  };
  const builder = startBuilder(parts, candidates, pacing, settlement.source, async ({ block }) => {
    latest = { ...latest, header: block.header, hash: block.hash };
    settlement.blockAppended(block);
    await publish(settlement.heads());
  });
  if (pacing !== undefined) {
    await startDevCommands({
      ...parts,
      builder,
      pacing,
      candidates,
      config: plan.genesis.config,
      rollback: rollbackDeps(parts, candidates),
      safeBlock: () => settlement.heads().safe,
      announceHead,
    });
  }
  const { truncateAfter: _, ...rollback } = rollbackDeps(parts, candidates);
  await settlement.followL1({
    builder,
    rollback,
    pool: createMempool(parts.redis, config.mempool),
    async onRolledBack(target) {
      latest = { ...latest, ...target };
      await announceHead();
    },
  });
  const admin = await startAdminServer({
    host: config.l2Host,
    port: config.metricsPort,
    flag: "--metrics-port",
    registry: parts.registry,
    notReady: () => undefined,
  });
  closers.add(() => admin.stop());
  return {
    info: {
      metricsUrl: `http://${config.l2Host}:${admin.port}/metrics`,
      rollup: l1.rollup,
      latestBlock: String(builder.head().header.number),
    },
    stop: () => closers.closeAll(),
    failed,
  };
}

function rollbackDeps({ chain, sql, executor, closers }: Parts, candidates: BlockCandidates): RollbackDeps {
  const stopping = new AbortController();
  closers.add(() => stopping.abort());
  return {
    chain,
    truncateAfter: (number) => truncateAfter(sql, number),
    executor,
    candidates,
    pause: (ms) => systemClock.sleep(ms, stopping.signal),
  };
}

async function recover(
  config: Config,
  l1Url: string,
  logger: Logger,
  closers: Closers,
  fail: (error: unknown) => void,
): Promise<Parts> {
  const { redisUrl, databaseUrl } = requireStores(config);
  const redis = await createRedis(redisUrl, { name: "braid-sequencer" });
  closers.add(() => redis.disconnect());
  const sql = await createSql(databaseUrl, { name: "braid-sequencer" });
  closers.add(() => sql.end({ timeout: 5 }));
  await migrate(sql);
  await requireDevChain(sql, config.dev);
  const chain = createChainStore(sql, { indexAccounts: config.addressIndex });
  const plan = await planChain({ config, l1Url, sql, chain });
  const registry = createMetrics("sequencer");
  const metrics = createSequencerMetrics(registry);
  const executor = createExecutor({
    dataDir: path.join(config.dataDir, "state"),
    lanes: config.lanes,
    waitForLanes: false,
    genesis: plan.genesis,
    contractsMaySend: config.dev,
    shadowShare: config.shadow,
    reproductionDir: path.join(config.dataDir, "reproductions"),
    onShadowDifference: ({ blockNumber, what, reproduction }) => {
      metrics.shadowDiffered();
      logger.error(
        { block: blockNumber, what, reproduction },
        "a block in lanes differed from the same block in order, which was kept",
      );
    },
  });
  await executor.start();
  closers.add(() => executor.stop());
  const head = await recoverChain(executor, chain);
  const stores = { chain, sql, redisUrl, redis, executor };
  return { config, l1Url, plan, logger, closers, registry, metrics, ...stores, head, fail };
}

async function startCandidates(parts: Parts): Promise<BlockCandidates> {
  const { config, logger, redis, chain, executor, closers } = parts;
  const follower = await createRedis(parts.redisUrl, { name: "braid-sequencer-pool", blocking: true });
  const candidates = createBlockCandidates({
    redis,
    follower,
    timeToLiveMs: config.mempool.timeToLiveMs,
    onRejected: (rejections) => {
      chain.recordRejections(rejections).catch((err: unknown) => {
        logger.error(
          { err, count: rejections.length },
          "reasons of dropped transactions could not be stored",
        );
      });
    },
    onError: (err) => logger.warn({ err }, "following the pool failed, will retry"),
  });
  await candidates.start((sender) => executor.state().account(sender)?.nonce ?? 0n);
  closers.add(() => candidates.stop());
  return candidates;
}

function startBuilder(
  parts: Parts,
  candidates: BlockCandidates,
  pacing: DevPacing | undefined,
  l1: L1Source | undefined,
  announce: (executed: ExecutedBlock) => Promise<void>,
): BlockBuilder {
  const { config, plan, logger, chain, executor, closers, head, fail, metrics } = parts;
  const stopping = new AbortController();
  const builder = createBlockBuilder(
    {
      chain: plan.genesis.config,
      blockIntervalMs: config.blockIntervalMs,
      heartbeatMs: config.heartbeatMs,
      rules: [
        pacing?.gasRule(config.gasLimit) ?? gasRule(config.gasLimit),
        countRule(config.maxTransactionsPerBlock),
        sizeRule(config.maxBlockBytes),
      ],
    },
    {
      candidates,
      executor,
      clock: systemClock,
      ...(pacing === undefined ? {} : { pacing }),
      ...(l1 === undefined ? {} : { l1 }),
      importBlock: (executed, position) => {
        const onRetry = (err: unknown, attempt: number) => {
          metrics.persistRetried();
          const block = executed.block.header.number;
          logger.warn({ err, attempt, block }, "persisting a block failed, will retry");
        };
        const pause = (ms: number) => systemClock.sleep(ms, stopping.signal);
        return importBlock(executed, { chain, executor, candidates, announce, pause, onRetry }, position);
      },
      onSealed(executed, selection, buildMs) {
        metrics.blockSealed(executed, selection, buildMs);
        logger.debug(sealedFields(executed, buildMs), "block sealed");
      },
    },
    head,
  );
  const running = builder.run(stopping.signal).catch(fail);
  closers.add(async () => {
    stopping.abort();
    await running;
  });
  return builder;
}

function sealedFields({ block, report }: ExecutedBlock, buildMs: number): object {
  return {
    block: block.header.number,
    transactions: block.transactions.length,
    gas: Number(block.header.gasUsed),
    lanes: report.lanes,
    reExecuted: report.reExecuted,
    buildMs,
  };
}

async function genesisRef(chain: ChainStore): Promise<{ stateRoot: Uint8Array; blockHash: Uint8Array }> {
  const genesis = await chain.headerByNumber(0);
  if (genesis === undefined) throw new InvariantError("the chain store has no genesis block");
  return { stateRoot: genesis.header.stateRoot, blockHash: genesis.hash };
}

/** A promise that rejects when `fail` is first called. */
function failure(): { failed: Promise<never>; fail: (error: unknown) => void } {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Observed by whoever runs the role; until then a rejection waits.
  failed.catch(() => undefined);
  return { failed, fail };
}
