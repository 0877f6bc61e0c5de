import type {
  AccessListEntry,
  Block,
  BlockHeader,
  BlockInput,
  StateDiff,
  Transaction,
} from "../protocol/index.ts";
import type { StateDiffs } from "./state/rollback.ts";
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

/** A field of an account or one of its slots: what transactions can conflict in. */
export interface Location {
  /** 20 bytes. */
  address: Uint8Array;
  field: "balance" | "nonce" | "code" | "existence" | "storageRoot" | "storage";
  /** 32 bytes, with `field` "storage". */
  slot: Uint8Array | undefined;
}

/** Where the planner knew a transaction's footprint from. */
export type FootprintSource = "declared" | "predicted" | "implied";

/** How a transaction's access list compares with what it touched. */
export type DeclaredList = "absent" | "exact" | "too wide" | "too narrow" | "wide and narrow";

/** How one transaction ran. Index = place in the block. */
export interface TransactionExecution {
  /** 0 is the coordinator, which runs plain transfers and whatever is not worth a lane. */
  lane: number;
  /** 1, or 2 when its first result was refused. */
  runs: number;
  /** What had changed under its first result, when it ran again. */
  conflict: Location | undefined;
  footprint: FootprintSource;
  declared: DeclaredList;
  /**
   * Accounts and slots that it touched, in EIP-2930 form, sorted. Empty for a plain transfer, which touches its sender
   * and its recipient; the fee recipient is left out unless the transaction looked at it.
   */
  touched: AccessListEntry[];
}

/** A location that several transactions of a block wanted and at least one changed. */
export interface ContendedLocation {
  location: Location;
  /** Transactions that looked at it or changed it. */
  transactions: number;
  writers: number;
  /** Transactions that had to run again because of it. */
  reExecuted: number;
}

/** How a block ran: what operators and users see of the parallelism. */
export interface BlockExecutionReport {
  /** Lanes that got transactions. */
  lanes: number;
  /** Milliseconds of work by lane, index = lane. */
  laneMs: number[];
  transactions: TransactionExecution[];
  reExecuted: number;
  /** Milliseconds by phase. */
  planMs: number;
  executeMs: number;
  /** Part of `executeMs`: judging and taking what the lanes propose, while they go on. */
  validateMs: number;
  /** State root. */
  rootMs: number;
  /** Roots of transactions and receipts, header, access list. */
  sealMs: number;
  /** Gas of the heaviest chain of transactions that each needed the one before. */
  criticalPathGas: bigint;
  /** At most ten, most wanted first. */
  contended: ContendedLocation[];
  /** Whether the block was also run one transaction at a time and compared (shadow mode). */
  shadowed: boolean;
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
  /** RLP of the block's access list (EIP-7928). */
  accessList: Uint8Array;
  report: BlockExecutionReport;
}

/**
 * Runs blocks on the state store. One caller at a time: `execute` → persist elsewhere → `commit`. Who does not wait for
 * a commit before the next `execute` has the one written while the other runs.
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
  /**
   * Makes the block's state the head for this executor at once; resolves when the store has it and everybody sees it.
   * Nothing is written before `after` resolves. When either fails, the block before is the head again, and what was
   * executed on top of this one cannot be committed. Wait for one commit before the next.
   */
  commit(executed: ExecutedBlock, after?: Promise<unknown>): Promise<void>;
  /**
   * Recovery: applies a persisted block's diff to the store without running it and checks that the root is the
   * header's (InvariantError when not).
   */
  replayDiff(header: BlockHeader, hash: Uint8Array, diff: StateDiff): Promise<void>;
  /**
   * An empty block on the head that also changes the state as a developer asked: no rule of the chain explains it.
   * Changes nothing durable, as `execute`.
   */
  amend(input: BlockInput, amendments: StateAmendment[]): Promise<ExecutedBlock>;
  /**
   * Makes an earlier block's state the head's, durably. `undone`: the diffs of the blocks after it; `kept`: those of all
   * blocks up to it, read in a rare case only.
   */
  rollback(target: StateHead, undone: StateDiffs, kept: () => StateDiffs): Promise<void>;
}

/** New values of an account, as development methods set them; what is left out stays. */
export interface StateAmendment {
  /** 20 bytes. */
  address: Uint8Array;
  balance?: bigint;
  nonce?: bigint;
  code?: Uint8Array;
  /** Slots of 32 bytes, values big-endian without leading zeros. */
  storage?: { slot: Uint8Array; value: Uint8Array }[];
}
