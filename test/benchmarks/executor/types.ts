import type { AccessListEntry, BlockInput } from "../../../protocol/index.ts";
import type { Spread } from "./statistics.ts";

/** Whether the transactions declare what they touch: nothing, or EIP-2930 lists recorded from a run. */
export type Declared = "none" | "exact";

/** A transaction still to be signed; its nonce follows from its place. */
export interface Wish {
  /** Index among the world's signers. */
  sender: number;
  /** 20 bytes; undefined creates a contract. */
  to: Uint8Array | undefined;
  value: bigint;
  data: Uint8Array;
  gasLimit: bigint;
  accessList: AccessListEntry[];
}

/** What a workload's block is made of. */
export interface WorkloadBlock {
  wishes: Wish[];
  /** 20 bytes: receives the fees. */
  coinbase: Uint8Array;
  /** How many of the transactions are meant to revert: any other number fails the benchmark. */
  reverts: number;
}

/** What both sides must agree on; all three are compared on every run. */
export interface BlockResult {
  stateRoot: Uint8Array;
  receiptsRoot: Uint8Array;
  gasUsed: bigint;
  reverts: number;
}

/** One timed run of the stock side. Milliseconds. */
export interface StockSample {
  recoveryMs: number;
  executeMs: number;
  /** Commit, flush and state root. */
  rootMs: number;
  /** Roots of transactions and receipts, measured once. */
  sealMs: number;
}

/** One timed run of ours. Milliseconds. */
export interface OurSample {
  planMs: number;
  executeMs: number;
  validateMs: number;
  /** State diff and state root. */
  rootMs: number;
  /** Roots of transactions and receipts, bloom, header, block access list; not in `totalMs`. */
  sealMs: number;
  /** Plan, execution, validation and state root. */
  totalMs: number;
  lanes: number;
  reExecuted: number;
  criticalPathGas: bigint;
}

export interface StockFigures {
  recovery: Spread;
  execute: Spread;
  root: Spread;
  /** Roots of transactions and receipts, measured once; not in `total`. */
  sealMs: number;
  /** Execution and state root. */
  total: Spread;
}

export interface OurFigures {
  /** "1 lane", "2 lanes", "2 lanes, forced". */
  name: string;
  /** Lanes at hand. */
  lanes: number;
  /** True: lanes are used however little work there is. */
  forced: boolean;
  /** Lanes that got transactions, in the last run. */
  lanesUsed: number;
  plan: Spread;
  execute: Spread;
  validate: Spread;
  root: Spread;
  seal: Spread;
  total: Spread;
  /** Share of the block's transactions, 0 to 1, median. */
  reExecutedShare: number;
  /** Share of the block's gas in the heaviest chain of dependent transactions, 0 to 1, median. */
  criticalPathShare: number;
  /** Stock's median total over ours. */
  againstStock: number;
  /** One lane's median total over this one's. */
  againstOneLane: number;
}

/** One line of the result: a block, both sides, all lane counts. */
export interface BenchmarkRow {
  section: "workloads" | "mainnet blocks";
  workload: string;
  declared: Declared;
  transactions: number;
  gasUsed: bigint;
  reverts: number;
  /** Decoding and sender recovery on our side; undefined for foreign blocks, which come with their senders. */
  recovery: Spread | undefined;
  stock: StockFigures;
  ours: OurFigures[];
}

/** A block that is ready to run on both sides. */
export interface PreparedBlock {
  workload: string;
  declared: Declared;
  input: BlockInput;
  reverts: number;
}
