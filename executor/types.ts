import type { Block, BlockHeader, BlockInput, StateDiff, Transaction } from "../protocol/index.ts";
import type { StateReader } from "./state/types.ts";

/** The block whose state the store holds. */
export interface StateHead {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
  /** 32 bytes. */
  stateRoot: Uint8Array;
}

/** A transaction that could not be part of the block: it changed nothing and pays nothing. */
export interface SkippedTransaction {
  transaction: Transaction;
  /** `retryable` ones may fit a later block (gas left); the others never will at this nonce. */
  retryable: boolean;
  /** geth's wording: "nonce too low", "insufficient funds for gas * price + value". */
  reason: string;
}

/** How one transaction ran. Index = place in the block. */
export interface TransactionExecution {
  lane: number;
  /** 1, or 2 when its first result was refused. */
  runs: number;
}

/** How a block ran: what operators and users see of the parallelism. */
export interface BlockExecutionReport {
  /** Lanes that got transactions. */
  lanes: number;
  transactions: TransactionExecution[];
  reExecuted: number;
  /** Milliseconds by phase. */
  planMs: number;
  executeMs: number;
  validateMs: number;
  rootMs: number;
  /** Gas of the heaviest lane. */
  criticalPathGas: bigint;
}

/** A block with all that must be persisted with it. */
export interface ExecutedBlock {
  block: Block;
  stateDiff: StateDiff;
  /** New trie nodes, hash (hex without 0x) → RLP. */
  trieNodes: Map<string, Uint8Array>;
  /** Storage root of each changed account that still exists, keyed by address hex (0x…). */
  storageRoots: Map<string, Uint8Array>;
  skipped: SkippedTransaction[];
  report: BlockExecutionReport;
}

/**
 * Runs blocks on the state store. One caller at a time: `execute` → persist elsewhere → `commit`.
 * `execute` changes nothing durable; the same input on the same head gives the same block, whatever the lanes.
 */
export interface Executor {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Head of the state store; undefined while it is empty. */
  head(): StateHead | undefined;
  /** Reads the head's state. */
  state(): StateReader;
  /** The genesis block and its state, for `commit`. Only on an empty store; changes nothing durable. */
  initialize(): Promise<ExecutedBlock>;
  execute(input: BlockInput): Promise<ExecutedBlock>;
  /** Makes the block's state the head, durably. */
  commit(executed: ExecutedBlock): Promise<void>;
  /**
   * Recovery: applies a persisted block's diff to the store without running it and checks that the root is the
   * header's (InvariantError when not).
   */
  replayDiff(header: BlockHeader, hash: Uint8Array, diff: StateDiff): Promise<void>;
}
