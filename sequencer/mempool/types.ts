import type { Transaction } from "../../protocol/index.ts";

/** What admission knows of the sender at `latest`. */
export interface SenderState {
  nonce: bigint;
  balance: bigint;
}

export interface MempoolLimits {
  /** Transactions in the pool, all senders. */
  total: number;
  /** Transactions of one sender, executable and queued. */
  perSender: number;
  /** Transactions of one sender behind a nonce gap. */
  queuedPerSender: number;
  /** Milliseconds that a transaction may wait. */
  timeToLiveMs: number;
}

export interface MempoolStatus {
  /** Executable now. */
  pending: number;
  /** Behind a nonce gap. */
  queued: number;
}

/** The RPC's side of the pool: stateless, any number of processes share it through Redis. */
export interface Mempool {
  /** Resolves after Redis holds the transaction. Throws MempoolError (geth's wording) when it is refused. */
  add(transaction: Transaction, sender: SenderState): Promise<void>;
  get(hash: Uint8Array): Promise<Transaction | undefined>;
  /** The nonce that the sender's next transaction should have: state nonce plus executable transactions in the pool. */
  nextNonce(sender: Uint8Array, stateNonce: bigint): Promise<bigint>;
  status(): Promise<MempoolStatus>;
}

export interface SelectionLimits {
  baseFeePerGas: bigint;
  /** Called with each candidate in order; false leaves it and all later ones of its sender for a later block. */
  accept(transaction: Transaction): boolean;
}

export interface SettledBlock {
  included: Transaction[];
  /** Left out of the block for good. */
  dropped: { transaction: Transaction; reason: string }[];
}

/**
 * The block builder's side: exactly one process. A mirror of the pool in memory, kept by Redis's event stream,
 * so that selecting a block needs no network.
 */
export interface BlockCandidates {
  /** Loads the pool and follows it. `stateNonce` tells the next nonce of a sender at `latest`. */
  start(stateNonce: (sender: Uint8Array) => bigint): Promise<void>;
  stop(): Promise<void>;
  /** Number of transactions that a block could take now. */
  executable(): number;
  /** Resolves when something is executable, or when the signal aborts. */
  waitForWork(signal: AbortSignal): Promise<void>;
  /** By effective tip, then arrival; nonce order per sender. Leaves the pool unchanged. */
  select(limits: SelectionLimits): Transaction[];
  /** After the block is durable: removes what it included or dropped, from Redis and from the mirror. */
  settle(block: SettledBlock): Promise<void>;
}
