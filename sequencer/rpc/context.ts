import type { Registry } from "prom-client";
import type { ChainRules, Readers, StateSnapshot } from "../../executor/index.ts";
import type { BlockHeader, ChainConfig, Transaction } from "../../protocol/index.ts";
import type { DevAccess } from "../dev/devAccess.ts";
import type { PoolMoment } from "../mempool/createPoolView.ts";
import type { TransactionCondition } from "../mempool/transactionCondition.ts";
import type { Mempool } from "../mempool/types.ts";
import type { BlockCache } from "./blocks/blockCache.ts";
import type { ChainReader } from "./chainReader.ts";
import type { ExecutionCache } from "./executions/executionCache.ts";
import type { FilterRegistry } from "./filters/filterRegistry.ts";
import type { FilterStore } from "./filters/filterStore.ts";
import type { PendingJournal } from "./filters/pendingJournal.ts";
import type { ForkConfig } from "./forks/forkConfig.ts";
import type { HeadTracker } from "./heads/headTracker.ts";
import type { RpcMethod } from "./json-rpc/method.ts";
import type { RpcLimits } from "./limits.ts";
import type { PendingBlock } from "./pending/pendingBlock.ts";
import type { SubmittedTransactions } from "./submittedTransactions.ts";
import type { SubscriptionHub } from "./subscriptions/subscriptionHub.ts";
import type { PortalView } from "./withdrawals/portalView.ts";

/** Decodes, checks and pools a signed transaction; resolves to its hash after the pool holds it durably. */
export interface Admission {
  admit(raw: Uint8Array, condition?: TransactionCondition): Promise<Uint8Array>;
}

/** States to read from. Every snapshot is closed by whoever asked for it. */
export interface StateAccess {
  latest(): StateSnapshot;
  /** State after that block. Throws when it is no longer kept. */
  at(blockNumber: number): Promise<StateSnapshot>;
  /** A node of the state trie or of a storage trie: 32-byte hash → RLP. */
  trieNode(hash: Uint8Array): Uint8Array | undefined;
}

/** Transactions as the pool takes them in. */
export interface PendingTransactionFeed {
  /** Returns the function that ends it. */
  onTransaction(listener: (transaction: Transaction) => void): () => void;
}

/** The part of pino's logger that is used here. */
export interface RpcLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the process gives to its RPC. */
export interface RpcDependencies {
  config: ChainConfig;
  /** The forks of an imported Ethereum chain; Braid's own are known. */
  forkConfig?: ForkConfig;
  /** `Braid/v0.1.0/linux-x64/node20.20.0`. */
  clientVersion: string;
  chain: ChainReader;
  mempool: Mempool;
  admission: Admission;
  state: StateAccess;
  /** Where code runs on a state. */
  readers: Readers;
  /** Rules of the block with this header. */
  rulesAt(header: BlockHeader): ChainRules;
  /** What BLOCKHASH answers in that block, by number; without it, EIP-2935's ring in the state is asked. */
  blockHashes?(header: BlockHeader): Promise<ReadonlyMap<number, Uint8Array>>;
  /** Most gas of one call or estimate. */
  callGas: bigint;
  heads: HeadTracker;
  blocks: BlockCache;
  pending: PendingTransactionFeed;
  /** The whole pool, for looking at it; without it, only single transactions and senders can be asked for. */
  pool?: { now(head: number): Promise<Pick<PoolMoment, "size" | "content">> };
  /** The block being built; without it `pending` is `latest`. */
  pendingBlock?(): Promise<PendingBlock>;
  /** Where filters are kept; in this process when left out. */
  filterStore?: FilterStore;
  /** What filters of pooled transactions read; this process's own when left out. */
  pendingJournal?: PendingJournal;
  /** Smallest tip that is worth offering, in wei. */
  minimumTip: bigint;
  limits: RpcLimits;
  metrics: Registry;
  logger: RpcLogger;
  /** The portal on L1; without it, nothing is said about withdrawals. */
  portal?: PortalView;
  /** On development chains alone. */
  dev?: DevAccess;
}

/** What a method's handler can use. */
export interface RpcContext extends RpcDependencies {
  executions: ExecutionCache;
  submitted: SubmittedTransactions;
  subscriptions: SubscriptionHub;
  filters: FilterRegistry;
  methods: ReadonlyMap<string, RpcMethod>;
  /** Names of the methods served, sorted. */
  methodNames: string[];
}
