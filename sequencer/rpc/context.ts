import type { Registry } from "prom-client";
import type { Simulator, StateSnapshot } from "../../executor/index.ts";
import type { ChainConfig, Transaction } from "../../protocol/index.ts";
import type { ChainStore } from "../chain-store/types.ts";
import type { Mempool } from "../mempool/types.ts";
import type { BlockCache } from "./blocks/blockCache.ts";
import type { ExecutionCache } from "./executions/executionCache.ts";
import type { FilterRegistry } from "./filters/filterRegistry.ts";
import type { HeadTracker } from "./heads/headTracker.ts";
import type { RpcLimits } from "./limits.ts";
import type { SubmittedTransactions } from "./submittedTransactions.ts";
import type { SubscriptionHub } from "./subscriptions/subscriptionHub.ts";

/** Decodes, checks and pools a signed transaction; resolves to its hash after the pool holds it durably. */
export interface Admission {
  admit(raw: Uint8Array): Promise<Uint8Array>;
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
  /** `Braid/v0.1.0/linux-x64/node20.20.0`. */
  clientVersion: string;
  chain: ChainStore;
  mempool: Mempool;
  admission: Admission;
  state: StateAccess;
  simulator: Simulator;
  heads: HeadTracker;
  blocks: BlockCache;
  pending: PendingTransactionFeed;
  /** Smallest tip that is worth offering, in wei. */
  minimumTip: bigint;
  limits: RpcLimits;
  metrics: Registry;
  logger: RpcLogger;
}

/** What a method's handler can use. */
export interface RpcContext extends RpcDependencies {
  executions: ExecutionCache;
  submitted: SubmittedTransactions;
  subscriptions: SubscriptionHub;
  filters: FilterRegistry;
  /** Names of the methods served, sorted. */
  methodNames: string[];
}
