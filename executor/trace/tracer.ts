import type { StateReader } from "../state/types.ts";

/** A frame that runs: a message, a creation, or the transfer of SELFDESTRUCT. */
export type FrameType =
  | "CALL"
  | "CALLCODE"
  | "DELEGATECALL"
  | "STATICCALL"
  | "CREATE"
  | "CREATE2"
  | "SELFDESTRUCT";

export interface FrameEntry {
  /** 0 for the transaction's own frame. */
  depth: number;
  type: FrameType;
  /** 20 bytes. */
  from: Uint8Array;
  /** 20 bytes: whose code runs, what is created, who gets the balance. */
  to: Uint8Array;
  input: Uint8Array;
  gas: bigint;
  /** Undefined for STATICCALL, which has none. */
  value: bigint | undefined;
}

export interface FrameExit {
  depth: number;
  output: Uint8Array;
  gasUsed: bigint;
  /** geth's wording; undefined after success. */
  error: string | undefined;
}

/** An instruction before it runs. What it points to changes afterwards: a tracer copies what it keeps. */
export interface Step {
  pc: number;
  op: number;
  gas: bigint;
  /** All that the instruction costs: for calls with the gas that is handed on. */
  cost: bigint;
  /** 1 for the transaction's own frame. */
  depth: number;
  /** The lowest first; only the first `stackLength` count. */
  stack: readonly bigint[];
  stackLength: number;
  /** Only the first `memorySize` bytes count; what is missing is zero. */
  memory: Uint8Array;
  memorySize: number;
  /** What the last call of this frame returned. */
  returnData: Uint8Array;
  refund: bigint;
  /** 20 bytes: whose storage is used. */
  address: Uint8Array;
  /** Why the instruction cannot even start; undefined when it can. */
  error: string | undefined;
}

export interface TracedLog {
  address: Uint8Array;
  topics: Uint8Array[];
  data: Uint8Array;
  /** Its place among the logs of the block. */
  index: number;
}

/** The state in the middle of a transaction. */
export interface LiveState extends Pick<StateReader, "account" | "storage"> {
  /** The code of an account. */
  codeAt(address: Uint8Array): Uint8Array;
}

/** What a tracer learns before the transaction does anything: not even its gas is bought. */
export interface TransactionStart {
  from: Uint8Array;
  /** Undefined for a creation. */
  to: Uint8Array | undefined;
  gasLimit: bigint;
  nonce: bigint;
  coinbase: Uint8Array;
  /** The accounts that set-code authorizations speak for. */
  authorities: Uint8Array[];
  state: LiveState;
  /** EIP-6780: only contracts of this transaction can be destroyed. */
  onlyNewAreDestroyed: boolean;
  /** EIP-7702. */
  hasDelegations: boolean;
  /** Lower-case hex without 0x. */
  precompiles: ReadonlySet<string>;
}

/**
 * What watches a transaction. The order of events is go-ethereum's: `start`, then frames with their steps and logs,
 * then `end` on the state that the transaction leaves. A hook that is not there costs nothing.
 */
export interface Tracer {
  start?(transaction: TransactionStart): void;
  enter?(frame: FrameEntry): void;
  exit?(frame: FrameExit): void;
  step?(step: Step): void;
  log?(log: TracedLog): void;
  end?(gasUsed: bigint): void;
  /** As JSON. */
  result(): unknown;
}
