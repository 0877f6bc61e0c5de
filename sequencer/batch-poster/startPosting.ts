import type { Registry } from "prom-client";
import { PREDEPLOYS } from "../../contracts/index.ts";
import { braidRules, historicalReader, StateStore } from "../../executor/index.ts";
import {
  type Closers,
  type Config,
  createRedis,
  KzgError,
  type Logger,
  type Sql,
} from "../../infra/index.ts";
import { type Block, type BraidError, type Hex, hexToBytes, InvariantError } from "../../protocol/index.ts";
import type { ChainStore } from "../chain-store/index.ts";
import { createBlobMaker, type L1Signer, localSigner, remoteSigner } from "../l1-transactions/index.ts";
import type { Backlog, PosterStatus, SettledHeads } from "./createBatchPoster.ts";
import { createBatchSealer } from "./createBatchSealer.ts";
import { createPoster } from "./createPoster.ts";
import { createProofInputs } from "./proofInputs.ts";

export interface PostingOptions {
  config: Pick<Config, "batchIntervalMs" | "sequencerKey" | "poster" | "settlement" | "l2ChainId">;
  chain: ChainStore;
  sql: Sql;
  redisUrl: string;
  registry: Registry;
  logger: Logger;
  closers: Closers;
  l1Url: string;
  rollup: Hex;
  /** Where to look for the rollup's events from. Default 0. */
  deployedAtBlock?: number;
  /** Folder of the state store. */
  stateDir: string;
  /** Ends the role: posting must not go on. */
  fail(error: BraidError): void;
  /** The safe or the finalized head moved, with L1: downwards too. */
  onHeads(heads: SettledHeads): void;
}

/** Sealing, posting, proving and finalizing, for as long as the process lives. */
export interface Posting {
  /** After a block is durable, in order. Returns at once. */
  blockAppended(block: Block): void;
  /** Last blocks that are in a batch on L1, and final there. */
  heads(): SettledHeads;
  /** Asked before a block is built: when it is full, building waits. */
  backlog(): Backlog;
  status(): PosterStatus;
  /** Before the chain goes back: the database knows afterwards which batches L1 has. Throws L1Error. */
  reconcile(): Promise<void>;
  /** Takes the chain back while nobody works on batches; `rolledBack` must follow. */
  whileGoingBack<T>(goBack: () => Promise<T>): Promise<T>;
  /** After the chain has gone back to this block. */
  rolledBack(toBlock: number): Promise<void>;
}

export async function startPosting(options: PostingOptions): Promise<Posting> {
  const { config, chain, logger, closers, fail } = options;
  const redis = await createRedis(options.redisUrl, { name: "braid-poster", blocking: true });
  closers.add(() => redis.disconnect());
  const store = StateStore.open(options.stateDir, { readOnly: true });
  closers.add(() => store.close());
  let heads = { safe: await chain.safeBlock(), finalized: await chain.finalizedBlock() };
  const sealer = createBatchSealer({
    chain,
    messagePasserRoot: (stateRoot) => messagePasserRoot(store, stateRoot),
    log: logger,
    batchIntervalMs: config.batchIntervalMs,
    // Nothing is sealed before it has started, below.
    onSealed: () => poster.batchSealed(),
    onFatal: fail,
  });
  const { proverThreshold, provers } = config.settlement;
  const ending = new AbortController();
  const poster = createPoster({
    // One prover takes from the common queue, whoever it is; where several must sign, each has its own.
    settings: { ...config.poster, provers: proverThreshold > 1 ? provers : [] },
    chain,
    sql: options.sql,
    redis,
    registry: options.registry,
    log: logger,
    l1Url: options.l1Url,
    rollup: options.rollup,
    deployedAtBlock: options.deployedAtBlock ?? 0,
    signer: signerOf(config),
    makeBlobs: createBlobMaker(ending.signal),
    buildProofInput: createProofInputs({
      chain,
      source: store,
      rules: braidRules(config.l2ChainId),
      chainId: config.l2ChainId,
    }),
    onOverdue: (fromBatch, throughBlock) => sealer.sealThrough(fromBatch, throughBlock),
    onFatal: fail,
  });
  poster.onHeadsChanged((now) => {
    heads = now;
    options.onHeads(now);
  });
  await poster.start();
  closers.add(() => {
    const stopped = poster.stop();
    // Proofs of blobs take longer than a stop may.
    ending.abort(new KzgError("posting ends", true));
    return stopped;
  });
  await sealer.start();
  closers.add(() => sealer.stop());
  return {
    blockAppended: (block) => sealer.blockAppended(block),
    heads: () => heads,
    backlog: () => poster.backlog(),
    status: () => poster.status(),
    reconcile: () => poster.reconcile(),
    // In this order: a step of the poster may wait for the sealer.
    whileGoingBack: (goBack) => poster.pausedFor(() => sealer.whileGoingBack(goBack)),
    rolledBack: (toBlock) => sealer.rolledBack(toBlock),
  };
}

function signerOf({ poster, sequencerKey }: PostingOptions["config"]): L1Signer {
  return poster.signer === undefined ? localSigner(sequencerKey) : remoteSigner(poster.signer);
}

const MESSAGE_PASSER = hexToBytes(PREDEPLOYS.l2ToL1MessagePasser);

/** States stay readable by their root for ever, so a batch can be sealed long after its blocks were built. */
function messagePasserRoot(store: StateStore, stateRoot: Uint8Array): Uint8Array {
  store.refresh();
  const account = historicalReader(store, stateRoot).account(MESSAGE_PASSER);
  if (account === undefined) throw new InvariantError("L2ToL1MessagePasser is not in the state");
  return account.storageRoot;
}
