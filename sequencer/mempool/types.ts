import type { Transaction } from "../../protocol/index.ts";
import type { TransactionCondition } from "./transactionCondition.ts";

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

/** What the pool holds of one sender, by nonce. */
export interface SenderContent {
  /** 20 bytes. */
  sender: Uint8Array;
  /** Executable now. */
  pending: Transaction[];
  /** Behind a nonce gap. */
  queued: Transaction[];
}

/** The RPC's side of the pool: stateless, any number of processes share it through Redis. */
export interface Mempool {
  /** Resolves after Redis holds the transaction. Throws MempoolError (geth's wording) when it is refused. */
  add(transaction: Transaction, sender: SenderState, condition?: TransactionCondition): Promise<void>;
  get(hash: Uint8Array): Promise<Transaction | undefined>;
  /** Milliseconds since the epoch; undefined when the pool does not hold it. */
  receivedAt(hash: Uint8Array): Promise<number | undefined>;
  /** `stateNonce`: the sender's next nonce at `latest`. */
  ofSender(sender: Uint8Array, stateNonce: bigint): Promise<SenderContent>;
  /** The nonce that the sender's next transaction should have: state nonce plus executable transactions in the pool. */
  nextNonce(sender: Uint8Array, stateNonce: bigint): Promise<bigint>;
  status(): Promise<MempoolStatus>;
}

export interface SelectionLimits {
  baseFeePerGas: bigint;
  /** Called with each candidate in order; false leaves it and all later ones of its sender for a later block. */
  accept(transaction: Transaction, condition: TransactionCondition | undefined): boolean;
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
  /** Removes transactions that no block can take, and tells `onRejected` of them. */
  reject(rejected: { transaction: Transaction; reason: string }[]): Promise<void>;
  /** After the block is durable: removes what it included or dropped, from Redis and from the mirror. */
  settle(block: SettledBlock): Promise<void>;
  /** Resolves when whatever the pool held at the call can be selected. */
  caughtUp(): Promise<void>;
  /** The nonces of the state moved otherwise than by a block, back too. What waits stays where it still can be mined. */
  resync(): Promise<void>;
}
